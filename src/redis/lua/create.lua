-- Creates a session under a free name.
-- KEYS[1] the session
-- ARGV    idle TTL in seconds; absolute TTL in seconds or ''; '1' if just authenticated, else ''; field, value …
-- Reply   1; 0 when the name is taken

local key = KEYS[1]
if redis.call('EXISTS', key) == 1 then return 0 end

local seconds, now = clock()
local ttl = tonumber(ARGV[1])
local deadline = ARGV[2] ~= '' and now + tonumber(ARGV[2]) * 1000 or nil
local at = timestamp(seconds)

local flat = { 'session_ttl', ARGV[1], 'created_at', at, 'last_accessed_at', at }
for i = 4, #ARGV do flat[#flat + 1] = ARGV[i] end
if deadline then
  flat[#flat + 1] = 'sojourn:deadline'
  flat[#flat + 1] = string.format('%.0f', deadline)
end
if ARGV[3] == '1' then
  flat[#flat + 1] = 'sojourn:authenticated_at'
  flat[#flat + 1] = at
end

setFields(key, flat)
expire(key, now, ttl, deadline)
return 1
