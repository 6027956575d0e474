-- Ends a live session in favour of its successor. With a grace period its key stays as a pointer.
-- KEYS[1] the session
-- ARGV    the present, guessed: second, timestamp; successor, sealed; grace in seconds; '1' if just authenticated, else '';
--         most fields; most bytes; what the caller saw; the successor's index entries as JSON and until when they last, or
--         '' and ''; field, value …
-- Reply   the successor's fields as JSON; nil when absent; {successor, handover} when rotated already; a negative refusal

local key = KEYS[1]
local session, elsewhere, fields = liveFields(key)
if not session then return elsewhere end
if ARGV[8] ~= '' and seldom().conflicts(key, ARGV[8]) then return CONFLICT end

for i = 11, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
if #ARGV > 10 then
  local refusal = seldom().refuse(fields, ARGV[6], ARGV[7])
  if refusal then return refusal end
end
fields['last_accessed_at'] = timestamp()
if ARGV[5] == '1' then fields['sojourn:authenticated_at'] = fields['last_accessed_at'] end
if ARGV[9] ~= '' then
  fields['sojourn:indexed'] = ARGV[9]
  fields['sojourn:indexed_until'] = ARGV[10]
end

local flat = {}
for field, value in pairs(fields) do
  flat[#flat + 1] = field
  flat[#flat + 1] = value
end
local handover = cjson.encode(flat)

redis.call('DEL', key)
local grace = tonumber(ARGV[4])
if grace > 0 then
  redis.call('HSET', key, 'sojourn:successor', ARGV[3], 'sojourn:handover', handover)
  session.ttl = math.min(grace, tonumber(session.ttl))
  expire(key, session)
end
return handover
