-- Brings a held name to life with the fields of the session that it succeeds. Safe to repeat: only the first counts.
-- KEYS[1] the successor
-- ARGV    the present, guessed: second, timestamp; its fields as JSON
-- Reply   1 when the successor is there now, live or rotated on; 0 when it was ended

local key = KEYS[1]
if redis.call('HEXISTS', key, 'sojourn:pending') == 1 then
  redis.call('DEL', key)
  setFields(key, cjson.decode(ARGV[3]))
  local session = liveSession(key)
  if session then
    refresh(key, session)
  else
    redis.call('DEL', key) -- fields that make no session would have no TTL
  end
end
local session, elsewhere = liveSession(key)
return (session or elsewhere) and 1 or 0
