-- Whether the turn of a call has come. Returns 0 for "go", else after how many microseconds to ask again.
--
-- KEYS[1]  a sorted set, the score of a call by its id: when it went out, or when it may
-- KEYS[2]  a hash: `start`, before which nobody may go; `cut_at` and `cut_pace` of the last complaint
-- ARGV     the id, calls in a window, the window in microseconds, whether the service complained (0 or 1), how many
--          milliseconds to keep both keys; then what quota/pace.rs says of complaints: how long one counts for others too
--          and how long it is remembered, in microseconds, and which part of the pace the first and a further one take
--          away, and which part of the limit comes back each second
--
-- A call that cannot go gets a place in time, behind those before it, and counts there. When it asks again it takes its
-- place out and puts it where it really goes. So whatever comes late, no window ever holds more calls than it may.

local calls, facts = KEYS[1], KEYS[2]
local id, limit, window, complaint = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local cut_pause, cut_memory = tonumber(ARGV[6]), tonumber(ARGV[7])
local first_cut, further_cut, regained = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

-- As text: Lua would write a large number with an exponent, and lose digits.
local function text(number)
    return string.format('%.0f', number)
end

local function fact(name)
    return tonumber(redis.call('HGET', facts, name) or nil)
end

-- Where nothing is known, as after a restart, calls may have gone out that nobody remembers: let their window pass.
local start = fact('start')
if not start then
    start = now + window
    redis.call('HSET', facts, 'start', text(start))
end

-- The limit, or less for a while after a complaint.
local pace = limit
local cut_at = fact('cut_at')
if cut_at then
    local back = math.ceil(limit / regained) * math.floor((now - cut_at) / 1000000)
    pace = math.min(limit, fact('cut_pace') + back)
end
if complaint == '1' and (not cut_at or now - cut_at >= cut_pause) then
    local further = cut_at and now - cut_at < cut_memory
    pace = math.max(1, pace - math.ceil(pace / (further and further_cut or first_cut)))
    redis.call('HSET', facts, 'cut_at', text(now), 'cut_pace', text(pace))
end

redis.call('ZREMRANGEBYSCORE', calls, '-inf', text(now - window))
local mine = tonumber(redis.call('ZSCORE', calls, id) or nil)
redis.call('ZREM', calls, id)
if not mine then
    -- Behind those before it, and spread out: a tenth of the calls in a tenth of the window. Calls that leave many
    -- processes at once stand in each other's way, and come late into the window of others.
    local function behind(count, time)
        local ahead = redis.call('ZREVRANGE', calls, count - 1, count - 1, 'WITHSCORES')[2]
        return ahead and ahead + time or 0
    end
    local tenth = math.ceil(pace / 10)
    mine = math.max(start, behind(pace, window), behind(tenth, window * tenth / pace))
end
if mine <= now then
    mine = now
    local recent = redis.call('ZCOUNT', calls, '-inf', text(now))
    if recent >= pace then
        local oldest = redis.call('ZRANGE', calls, recent - pace, recent - pace, 'WITHSCORES')[2]
        mine = oldest + window
    end
end
redis.call('ZADD', calls, text(mine), id)
redis.call('PEXPIRE', calls, ARGV[5])
redis.call('PEXPIRE', facts, ARGV[5])
return mine - now
