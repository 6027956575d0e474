-- Reads a session and, unless told otherwise, refreshes it. Fetches all fields at once: this is the call that counts.
-- KEYS[1] the session
-- ARGV    '1' to refresh, else '0'
-- Reply   field, value … ; nil when absent; {successor, handover} when rotated

local key = KEYS[1]
local flat = redis.pcall('HGETALL', key)
if isAbsent(flat) then return nil end

local own = {}
local ttl, created, accessed, accessedAt
for i = 1, #flat, 2 do
  local field = flat[i]
  if field == 'session_ttl' then
    ttl = flat[i + 1]
  elseif field == 'created_at' then
    created = flat[i + 1]
  elseif field == 'last_accessed_at' then
    accessedAt = i + 1
    accessed = flat[accessedAt]
  elseif string.sub(field, 1, 8) == 'sojourn:' then
    own[field] = flat[i + 1]
  end
end
local session, elsewhere = judge(key, ttl, created, accessed,
  own['sojourn:deadline'], own['sojourn:successor'], own['sojourn:handover'], own['sojourn:indexed_until'])
if not session then return elsewhere end

if ARGV[1] == '1' then flat[accessedAt] = refresh(key, session) end
return flat
