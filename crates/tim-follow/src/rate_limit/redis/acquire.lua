-- Tries to acquire a slot for a call. Returns 0 if it is granted, else after how many microseconds
-- to try again.
--
-- KEYS[1]  a sorted set with the identifier of each call; the score is when it was sent, or when it
--          may be sent. A slot of a call that was granted has more behind the identifier.
-- KEYS[2]  a hash: `start`, before which no call is sent; `cut_at` and `cut_pace` of the last
--          throttling
-- ARGV     the identifier, the calls in a window, the window in microseconds, whether calls were
--          throttled (0 or 1), for how many milliseconds to keep both keys; then the numbers of
--          rate_limit/pace.rs about throttling: for how long further reports count as the same
--          event and for how long it is remembered, in microseconds, the divisors of the first and
--          of a further cut of the pace, and the divisor of the part of the limit that is restored
--          each second
--
-- A call that cannot be sent gets a time behind the calls before it, and counts at that time. When
-- it asks again, it is moved to the time at which it is really sent. So no window contains more
-- calls than the limit, however late a process wakes up.

local calls, facts = KEYS[1], KEYS[2]
local id, limit, window, throttled = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local cut_pause, cut_memory = tonumber(ARGV[6]), tonumber(ARGV[7])
local first_cut, further_cut, regained = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

-- Lua would write a large number with an exponent and lose digits.
local function text(number)
    return string.format('%.0f', number)
end

local function fact(name)
    return tonumber(redis.call('HGET', facts, name) or nil)
end

-- Without data, as after a restart, calls may have been sent that are not known here: let their
-- window pass.
local start = fact('start')
if not start then
    start = now + window
    redis.call('HSET', facts, 'start', text(start))
end

-- The limit, or less for a while after throttling.
local pace = limit
local cut_at = fact('cut_at')
if cut_at and cut_at > now then
    -- The clock was set back. The time until then would count against the pace.
    cut_at = now
    redis.call('HSET', facts, 'cut_at', text(cut_at))
end
if cut_at then
    local regained_calls = math.ceil(limit / regained) * math.floor((now - cut_at) / 1000000)
    pace = math.min(limit, fact('cut_pace') + regained_calls)
end
if throttled == '1' and (not cut_at or now - cut_at >= cut_pause) then
    local further = cut_at and now - cut_at < cut_memory
    pace = math.max(1, pace - math.ceil(pace / (further and further_cut or first_cut)))
    redis.call('HSET', facts, 'cut_at', text(now), 'cut_pace', text(pace))
end

redis.call('ZREMRANGEBYSCORE', calls, '-inf', text(now - window))
local mine = tonumber(redis.call('ZSCORE', calls, id) or nil)
redis.call('ZREM', calls, id)
-- If a call that was granted asks again, its response was lost, or this message is late. It keeps
-- its position, but gets another slot: it may have been sent, so its first slot has to stay where
-- it is.
local sent = id .. ':sent'
local was_sent = redis.call('ZSCORE', calls, sent)
mine = mine or tonumber(was_sent or nil)
if not mine then
    -- Behind the calls before it, and spread: a fiftieth of the calls in a fiftieth of the window.
    -- If a process stalls, all calls that it could send in the meantime are late, and some arrive in
    -- the window of later ones.
    local function behind(count, time)
        local ahead = redis.call('ZREVRANGE', calls, count - 1, count - 1, 'WITHSCORES')[2]
        return ahead and ahead + time or 0
    end
    local part = math.ceil(pace / 50)
    mine = math.max(start, behind(pace, window), behind(part, window * part / pace))
end
if mine <= now then
    mine = now
    local recent = redis.call('ZCOUNT', calls, '-inf', text(now))
    if recent >= pace then
        local oldest = redis.call('ZRANGE', calls, recent - pace, recent - pace, 'WITHSCORES')[2]
        mine = oldest + window
    end
end
local member = id
if mine == now then
    member = was_sent and id .. ':' .. text(now) or sent
end
redis.call('ZADD', calls, text(mine), member)
redis.call('PEXPIRE', calls, ARGV[5])
redis.call('PEXPIRE', facts, ARGV[5])
return mine - now
