-- Gets profiles at random. Arguments: the prefix of the path, how many there are, the Authorization header.

dofile(os.getenv("WRK_SUMMARY"))

local prefix, count, headers

function init(arguments)
    prefix, count = arguments[1], tonumber(arguments[2])
    headers = { ["Authorization"] = arguments[3] }
    math.randomseed(os.time())
end

function request()
    return wrk.format("GET", prefix .. math.random(0, count - 1), headers)
end
