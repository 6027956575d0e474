-- Enters a session into an index.
-- KEYS[1] the index: a sorted set of session names by order of entry, with the member '@epoch' for logging out everywhere
-- ARGV    name; until when the entry is needed, in milliseconds; the order to take over, or ''; the epoch in which the
--         login began, or ''
-- Reply   {order, and the names of up to two other sessions that stand there}: the order is higher than all before unless
--         taken over; nil when the epoch has passed

local key = KEYS[1]
if ARGV[4] ~= '' and redis.call('ZSCORE', key, '@epoch') ~= ARGV[4] then return nil end

local others = {}
local size = redis.call('ZCARD', key)
for i = 1, math.min(size, 2) do
  -- Redis seeds Lua's random numbers alike each time; the microseconds of the clock are random enough.
  local rank = (tonumber(TIME[2]) * i) % size
  local other = redis.call('ZRANGE', key, rank, rank)[1]
  if other ~= ARGV[1] and other ~= '@epoch' then others[#others + 1] = other end
end

local order = tonumber(ARGV[3] ~= '' and ARGV[3] or nil)
if not order then
  local top = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2]
  order = math.max(tonumber(TIME[1]) * 1000000 + tonumber(TIME[2]), (tonumber(top or nil) or 0) + 1)
end
local written = string.format('%.0f', order)
redis.call('ZADD', key, written, ARGV[1])

local needed = math.max(1, tonumber(ARGV[2]) - now())
if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, string.format('%.0f', needed)) end
table.insert(others, 1, written)
return others
