-- Posts the lines of a file in turn. Arguments: the file, the path, the Authorization header.

dofile(os.getenv("WRK_SUMMARY"))

local requests, turn = {}, 0

function init(arguments)
    local headers = { ["Content-Type"] = "application/json", ["Authorization"] = arguments[3] }
    for body in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format("POST", arguments[2], headers, body)
    end
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end
