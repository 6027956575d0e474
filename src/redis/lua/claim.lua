-- Turns another store's session, a JSON string, into fields to be handed over, once: who comes later gets the same.
-- KEYS[1] the string
-- ARGV    the string as it was read; the nonce under which the new name is held; milliseconds to live if it has no TTL;
--         field, value …
-- Reply   {nonce, milliseconds left, field, value …}; 0 when the string is another by now; nil when there is none

local key = KEYS[1]
local kind = redis.call('TYPE', key).ok
if kind == 'string' then
  if redis.call('GET', key) ~= ARGV[1] then return 0 end
  local left = redis.call('PTTL', key)
  if left < 0 then left = ARGV[3] end
  local flat = { 'sojourn:claim', ARGV[2] }
  for i = 4, #ARGV do flat[#flat + 1] = ARGV[i] end
  redis.call('DEL', key)
  setFields(key, flat)
  redis.call('PEXPIRE', key, left)
elseif kind ~= 'hash' or redis.call('HEXISTS', key, 'sojourn:claim') == 0 then
  return nil
end

local reply = { redis.call('HGET', key, 'sojourn:claim'), string.format('%.0f', redis.call('PTTL', key)) }
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do
  if flat[i] ~= 'sojourn:claim' then
    reply[#reply + 1] = flat[i]
    reply[#reply + 1] = flat[i + 1]
  end
end
return reply
