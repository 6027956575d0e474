-- What is known of a session without its fields. Does not refresh; a session that some other program
-- left without a TTL is given its own.
-- KEYS[1] the session
-- Reply   {created_at, last_accessed_at, session_ttl, milliseconds left}; nil when absent; {successor, handover} when rotated

local key = KEYS[1]
local session, elsewhere = liveSession(key)
if not session then return elsewhere end
if redis.call('PTTL', key) == -1 and not expire(key, session) then return nil end
return { session.created, session.accessed, session.ttl, string.format('%.0f', redis.call('PTTL', key)) }
