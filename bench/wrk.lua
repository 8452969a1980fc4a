-- SPDX-License-Identifier: MIT
-- What wrk sends and reports. With a number N after the URL it asks for URL/ID, each ID from 1 to N,
-- random but the same in every run. With the word "create" it posts todos, each with a title of its
-- own. With neither it asks for the URL itself.

local COUNT = 8192

local function create()
    local at, run = 0, os.time()

    function request()
        at = at + 1
        return wrk.format("POST", nil, {["Content-Type"] = "application/json"},
            string.format('{"list_id":1,"title":"t%d-%d"}', run, at))
    end
end

local function ask_at_random(highest)
    local state, at, requests = 1, 0, {}

    for i = 1, COUNT do
        state = state * 48271 % 2147483647 -- Park and Miller's generator
        requests[i] = wrk.format(nil, wrk.path .. "/" .. 1 + state % highest)
    end
    function request()
        at = at % COUNT + 1
        return requests[at]
    end
end

function init(args)
    if args[1] == "create" then
        create()
    elseif args[1] then
        ask_at_random(tonumber(args[1]))
    end
end

function done(summary)
    local e = summary.errors

    io.write(string.format("bench: requests=%d us=%d connect=%d read=%d write=%d timeout=%d status=%d\n",
        summary.requests, summary.duration, e.connect, e.read, e.write, e.timeout, e.status))
end
