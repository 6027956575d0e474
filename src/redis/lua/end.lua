-- Ends a session, or gives back a name that is held for one.
-- KEYS[1] the session
-- ARGV    what the caller saw of it, or ''
-- Reply   the ended session's index entries as JSON; 0 when there was no live session (whatever else a hash held there is
--         removed too); {successor, handover} when rotated; a negative refusal

local key = KEYS[1]
local session, elsewhere = liveSession(key)
if elsewhere then return elsewhere end
if session then
  if ARGV[1] ~= '' and seldom().conflicts(key, ARGV[1]) then return CONFLICT end
  local indexed = redis.call('HGET', key, 'sojourn:indexed') or '[]'
  redis.call('DEL', key)
  return indexed
end
if redis.call('TYPE', key).ok == 'hash' then redis.call('DEL', key) end
return 0
