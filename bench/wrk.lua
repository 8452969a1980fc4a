-- SPDX-License-Identifier: MIT
-- What wrk sends and reports. With a number N behind the URL it asks for URL/ID, each ID from 1 to N,
-- random but the same in every run; without one, for the URL itself.

local COUNT = 8192

function init(args)
    local highest, state, at, requests = tonumber(args[1]), 1, 0, {}

    if not highest then
        return
    end
    for i = 1, COUNT do
        state = state * 48271 % 2147483647 -- Park and Miller's generator
        requests[i] = wrk.format(nil, wrk.path .. "/" .. 1 + state % highest)
    end
    function request()
        at = at % COUNT + 1
        return requests[at]
    end
end

function done(summary)
    local e = summary.errors

    io.write(string.format("bench: requests=%d us=%d connect=%d read=%d write=%d timeout=%d status=%d\n",
        summary.requests, summary.duration, e.connect, e.read, e.write, e.timeout, e.status))
end
