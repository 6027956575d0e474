// Generated from lua/*.lua by scripts/compile-lua.mjs. Do not edit.

const prelude = `local MAX_TTL = 8000000000000
local TOO_MANY_FIELDS, TOO_LARGE, NOT_AN_INTEGER, OVERFLOW = -1, -2, -3, -4
local function clock()
local time = redis.call('TIME')
local seconds = tonumber(time[1])
return seconds, seconds * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function timestamp(seconds)
local days = math.floor(seconds / 86400)
local second = seconds % 86400
local z = days + 719468
local era = math.floor(z / 146097)
local doe = z % 146097
local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
local mp = math.floor((5 * doy + 2) / 153)
local day = doy - math.floor((153 * mp + 2) / 5) + 1
local month = mp < 10 and mp + 3 or mp - 9
local year = yoe + era * 400 + (month <= 2 and 1 or 0)
return string.format('%04d-%02d-%02dT%02d:%02d:%02d+00:00', year, month, day,
math.floor(second / 3600), math.floor(second / 60) % 60, second % 60)
end
local function readTtl(stored)
if not stored or #stored > 13 or not string.find(stored, '^[1-9]%d*$') then return nil end
local ttl = tonumber(stored)
return ttl <= MAX_TTL and ttl or nil
end
local function find(key)
local reply = redis.pcall('HMGET', key, 'session_ttl', 'created_at', 'last_accessed_at',
'sojourn:deadline', 'sojourn:successor', 'sojourn:handover')
if reply.err then
if string.find(reply.err, 'WRONGTYPE', 1, true) then return nil, nil end
error(reply.err)
end
if reply[5] then return nil, { reply[5], reply[6] or '' } end
local ttl = readTtl(reply[1])
if not ttl or not reply[2] or not reply[3] then return nil, nil end
local seconds, now = clock()
local deadline = reply[4] and (tonumber(reply[4]) or 0)
if deadline and now >= deadline then
redis.call('DEL', key)
return nil, nil
end
return { ttl = ttl, created = reply[2], accessed = reply[3], deadline = deadline, seconds = seconds, now = now }
end
local function expire(key, now, ttl, deadline)
local at = now + ttl * 1000
if deadline and deadline < at then at = deadline end
redis.call('PEXPIREAT', key, string.format('%.0f', at))
end
local function refresh(key, session)
expire(key, session.now, session.ttl, session.deadline)
local accessed = timestamp(session.seconds)
if accessed ~= session.accessed then redis.call('HSET', key, 'last_accessed_at', accessed) end
end
local function setFields(key, flat)
for first = 1, #flat, 4000 do
redis.call('HSET', key, unpack(flat, first, math.min(first + 3999, #flat)))
end
end
local function isReserved(field)
return field == 'session_ttl' or field == 'created_at' or field == 'last_accessed_at'
or string.sub(field, 1, 8) == 'sojourn:'
end
local function refuse(fields, maxFields, maxBytes)
local count, bytes = 0, 0
for field, value in pairs(fields) do
if not isReserved(field) then
count = count + 1
bytes = bytes + #field + #value
end
end
if count > maxFields then return TOO_MANY_FIELDS end
if bytes > maxBytes then return TOO_LARGE end
return nil
end
local function fieldsOf(key)
local fields = {}
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
return fields
end
`

export const create: string = `${prelude}local key = KEYS[1]
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
`

export const end: string = `${prelude}local key = KEYS[1]
local session, elsewhere = find(key)
if elsewhere then return elsewhere end
if session then return redis.call('DEL', key) end
if redis.call('TYPE', key).ok == 'hash' then redis.call('DEL', key) end
return 0
`

export const increment: string = `${prelude}local key, field = KEYS[1], ARGV[1]
local session, elsewhere = find(key)
if not session then return elsewhere end
if redis.call('HEXISTS', key, field) == 0 then
local fields = fieldsOf(key)
fields[field] = ARGV[2]
local refusal = refuse(fields, tonumber(ARGV[3]), tonumber(ARGV[4]))
if refusal then return refusal end
end
local reply = redis.pcall('HINCRBY', key, field, ARGV[2])
if type(reply) == 'table' and reply.err then
if string.find(reply.err, 'not an integer', 1, true) then return NOT_AN_INTEGER end
if string.find(reply.err, 'overflow', 1, true) then return OVERFLOW end
return reply
end
refresh(key, session)
return redis.call('HGET', key, field)
`

export const read: string = `${prelude}local key = KEYS[1]
local session, elsewhere = find(key)
if not session then return elsewhere end
if ARGV[1] == '1' then refresh(key, session) end
return redis.call('HGETALL', key)
`

export const reserve: string = `${prelude}if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'sojourn:pending', '1')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`

export const seal: string = `${prelude}local key = KEYS[1]
local session, elsewhere = find(key)
if not session then return elsewhere end
local fields = fieldsOf(key)
for i = 6, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
if #ARGV > 5 then
local refusal = refuse(fields, tonumber(ARGV[4]), tonumber(ARGV[5]))
if refusal then return refusal end
end
fields['last_accessed_at'] = timestamp(session.seconds)
if ARGV[3] == '1' then fields['sojourn:authenticated_at'] = fields['last_accessed_at'] end
local flat = {}
for field, value in pairs(fields) do
flat[#flat + 1] = field
flat[#flat + 1] = value
end
local handover = cjson.encode(flat)
redis.call('DEL', key)
local grace = tonumber(ARGV[2])
if grace > 0 then
redis.call('HSET', key, 'sojourn:successor', ARGV[1], 'sojourn:handover', handover)
expire(key, session.now, math.min(grace, session.ttl), session.deadline)
end
return handover
`

export const settle: string = `${prelude}local key = KEYS[1]
if redis.call('HEXISTS', key, 'sojourn:pending') == 1 then
redis.call('DEL', key)
setFields(key, cjson.decode(ARGV[1]))
local session = find(key)
if session then refresh(key, session) end
end
return find(key) and 1 or 0
`

export const vitals: string = `${prelude}local key = KEYS[1]
local session, elsewhere = find(key)
if not session then return elsewhere end
if redis.call('PTTL', key) == -1 then expire(key, session.now, session.ttl, session.deadline) end
return { session.created, session.accessed, string.format('%.0f', session.ttl), tostring(redis.call('PTTL', key)) }
`

export const write: string = `${prelude}local key = KEYS[1]
local session, elsewhere = find(key)
if not session then return elsewhere end
local firstField = 5 + tonumber(ARGV[4])
if #ARGV >= firstField then
local fields = fieldsOf(key)
for i = 5, firstField - 1 do fields[ARGV[i]] = nil end
for i = firstField, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
local refusal = refuse(fields, tonumber(ARGV[2]), tonumber(ARGV[3]))
if refusal then return refusal end
local flat = {}
for i = firstField, #ARGV do flat[#flat + 1] = ARGV[i] end
setFields(key, flat)
end
local removed = 0
if firstField > 5 then removed = redis.call('HDEL', key, unpack(ARGV, 5, firstField - 1)) end
if ARGV[1] ~= '' then
redis.call('HSET', key, 'session_ttl', ARGV[1])
session.ttl = tonumber(ARGV[1])
end
refresh(key, session)
return removed
`
