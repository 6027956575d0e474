-- The epoch of an index value: it passes when everything under the value is ended.
-- KEYS[1] the index
-- ARGV    '1' to let it pass, else '0'; milliseconds for which it is remembered at least
-- Reply   the epoch as a string

local key = KEYS[1]
local epoch = redis.call('ZSCORE', key, '@epoch')
if ARGV[1] == '1' or not epoch then
  local microseconds = tonumber(TIME[1]) * 1000000 + tonumber(TIME[2])
  redis.call('ZADD', key, string.format('%.0f', math.max(microseconds, (tonumber(epoch or nil) or 0) + 1)), '@epoch')
  epoch = redis.call('ZSCORE', key, '@epoch')
end
if redis.call('PTTL', key) < tonumber(ARGV[2]) then redis.call('PEXPIRE', key, ARGV[2]) end
return epoch
