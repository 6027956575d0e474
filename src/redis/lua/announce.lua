-- Notes on a live session which index entries it is about to get, and which it has no more; may let it live longer.
-- KEYS[1] the session
-- ARGV    entries to add and to remove, each a JSON list; until when entries last, in milliseconds, or ''; what the
--         caller saw
-- Reply   1; nil when absent; {successor, handover} when rotated; a negative refusal

local key = KEYS[1]
local session, elsewhere = liveSession(key)
if not session then return elsewhere end
if ARGV[4] ~= '' and seldom().conflicts(key, ARGV[4]) then return CONFLICT end

local announced = seldom().announcedAt(key)
for _, entry in ipairs(cjson.decode(ARGV[1])) do announced[entry] = true end
local departed = false
for _, entry in ipairs(cjson.decode(ARGV[2])) do
  if announced[entry] then departed = true end
  announced[entry] = nil
end
local list = {}
for entry in pairs(announced) do list[#list + 1] = entry end

if ARGV[3] ~= '' and (session.indexedUntil or 0) < tonumber(ARGV[3]) then
  -- What no entry has kept from living as long as its TTL says has nothing to make up for.
  local left = redis.call('PTTL', key)
  if not session.indexedUntil and left >= 0 then session.ttl = left / 1000 end
  session.indexedUntil = tonumber(ARGV[3])
  if not expire(key, session) then return nil end
  redis.call('HSET', key, 'sojourn:indexed_until', ARGV[3])
end
if departed then redis.call('HINCRBY', key, 'sojourn:departures', 1) end
if #list > 0 then
  redis.call('HSET', key, 'sojourn:indexed', cjson.encode(list))
else
  redis.call('HDEL', key, 'sojourn:indexed')
end
return 1
