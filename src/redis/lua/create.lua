-- Creates a session under a free name, or under one that is held for it.
-- KEYS[1] the session
-- ARGV    the present, guessed: second, timestamp; idle TTL in seconds; absolute TTL in seconds or '';
--         '1' if just authenticated, else ''; until when its index entries last, in milliseconds, if the name is held,
--         else ''; field, value …
-- Reply   1; 0 when the name is taken, or held no more

local key = KEYS[1]
local indexed
if ARGV[6] ~= '' then
  if redis.call('HEXISTS', key, 'sojourn:pending') == 0 then return 0 end
  indexed = redis.call('HGET', key, 'sojourn:indexed')
  redis.call('DEL', key)
elseif redis.call('EXISTS', key) == 1 then
  return 0
end

local session = { ttl = ARGV[3], indexedUntil = tonumber(ARGV[6]) }
local at = timestamp()
local flat = { 'session_ttl', ARGV[3], 'created_at', at, 'last_accessed_at', at }
for i = 7, #ARGV do flat[#flat + 1] = ARGV[i] end

local function keep(field, value)
  flat[#flat + 1] = field
  flat[#flat + 1] = value
end
if ARGV[4] ~= '' then
  session.deadline = now() + tonumber(ARGV[4]) * 1000
  keep('sojourn:deadline', string.format('%.0f', session.deadline))
end
if ARGV[5] == '1' then keep('sojourn:authenticated_at', at) end
if indexed then
  keep('sojourn:indexed', indexed)
  keep('sojourn:indexed_until', ARGV[6])
end

setFields(key, flat)
expire(key, session)
return 1
