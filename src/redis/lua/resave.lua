-- Replaces another store's session, as long as it is still a JSON string.
-- KEYS[1] the string
-- ARGV    the new string, or '' to keep it; milliseconds to live
-- Reply   1; 0 when there is none any more

local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'string' then return 0 end
if ARGV[1] == '' then return redis.call('PEXPIRE', key, ARGV[2]) end
redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
return 1
