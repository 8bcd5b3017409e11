-- How a delivery is written. Stands in front of the scripts that plan (plan, recompose). Keys: see plan.lua.

-- What ARGV says of a delivery after its id: the fields of its hash (`notifier.record.rows`), and where in a list of
-- field, value, field, value... those values are that decide.
local FIELDS = {'handler', 'provider', 'to', 'message', 'created', 'deadline', 'expires', 'on_unsure',
  'definition_version', 'state', 'reason', 'detail', 'member'}
local HANDLER, PROVIDER, CREATED, DEADLINE, EXPIRES, STATE, REASON, DETAIL, MEMBER = 2, 4, 10, 12, 14, 20, 22, 24, 26
-- What most deliveries are, and what isn't written of them.
local USUAL = {expires = '0', on_unsure = 'resend', reason = '', detail = '', member = '', to = '', message = '',
  definition_version = ''}

-- The list for HSET, and what flood.lua needs: whom it counts for, and what is kept of it to write to them. The worker's clock may differ: how long a delivery has counts from now, unless it expires at a moment;
-- where that is so long after an operator's wish (anew), it counts from now, too.
local function fields(take, now, anew)
  local list = {}
  for i = 1, #FIELDS do
    list[2 * i - 1] = FIELDS[i]
    list[2 * i] = take()
  end
  if anew or list[EXPIRES] ~= '1' then list[DEADLINE] = now + (list[DEADLINE] - list[CREATED]) end
  list[CREATED] = now
  return list, take(), take()
end

-- An earlier pass made what there is for this member of a realm, at whatever address: a pass writes all of one member in
-- one call, so nothing of it can be missing.
local function told(P, key, pass, list)
  if list[MEMBER] == '' then return false end
  local by = redis.call('HGET', P .. 'event:' .. key .. ':members', list[MEMBER] .. list[HANDLER])
  return by and by ~= pass
end

-- A delivery that isn't there yet: due at once, or (it couldn't be composed, or is held back) on the desk.
local function lay(P, now, key, did, pass, list, configured)
  local event, written = P .. 'event:' .. key, {'event', key}
  for i = 1, #list, 2 do
    if list[i + 1] ~= USUAL[list[i]] then
      written[#written + 1] = list[i]
      written[#written + 1] = list[i + 1]
    end
  end
  if redis.call('HGET', event, 'configuration_version') ~= configured then
    written[#written + 1] = 'configuration_version'
    written[#written + 1] = configured
  end
  redis.call('HSET', P .. 'delivery:' .. did, unpack(written))
  if redis.call('EXISTS', event .. ':deliveries') == 1 or redis.call('HSETNX', event, 'delivery', did) == 0 then
    redis.call('RPUSH', event .. ':deliveries', did)
  end
  if list[MEMBER] ~= '' then redis.call('HSET', P .. 'event:' .. key .. ':members', list[MEMBER] .. list[HANDLER], pass) end
  if list[STATE] ~= 'queued' then
    redis.call('ZADD', P .. 'desk', now, did)
  else
    redis.call('SADD', P .. 'providers', list[PROVIDER])
    redis.call('ZADD', P .. 'due:' .. list[PROVIDER], now, did)
  end
end
