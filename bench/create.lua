-- SPDX-License-Identifier: MIT
-- What wrk sends to create a row with a title of its own, and what it reports.

local at, thread = 0, 0

function init()
    math.randomseed(os.time())
    thread = math.random(1, 1000000000)
end

function request()
    at = at + 1
    return wrk.format("POST", nil, {["Content-Type"] = "application/json"},
        string.format('{"list_id":1,"title":"t%d-%d"}', thread, at))
end

function done(summary)
    local e = summary.errors

    io.write(string.format("bench: requests=%d us=%d connect=%d read=%d write=%d timeout=%d status=%d\n",
        summary.requests, summary.duration, e.connect, e.read, e.write, e.timeout, e.status))
end
