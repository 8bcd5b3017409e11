-- Claim what is due at one provider, by lease. Keys: see plan.lua.
-- ARGV: provider limit lease(ms) token fresh(ms: for how long an answer shows that the provider works) rates(see rate.lua).
-- What its rates don't allow now stays due. A permit is spent with the claim, whatever comes of it; what has expired needs none.
-- The same token again is the same claim, whose answer was lost: it gets what it has leased, for as long anew.
-- Returns {now, failures in a row, whether it works (1 or 0), rows of id event handler message created deadline expires on_unsure attempts of}.
local P, provider, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local state, failures, _, answered_at = circuit(P, provider, now)
local fresh = failures == 0 and answered_at + tonumber(ARGV[5]) > now
local answer = {now, failures, fresh and 1 or 0}

local function lease(id, row)
  redis.call('ZADD', P .. 'leased:' .. provider, now + tonumber(ARGV[3]), id)
  table.insert(row, 1, id)
  answer[#answer + 1] = row
end

local function row_of(delivery)
  local row = redis.call('HMGET', delivery, 'event', 'handler', 'message', 'created', 'deadline',
    'expires', 'on_unsure', 'attempts', 'of')
  if row[1] and not row[4] then row[4] = redis.call('HGET', P .. 'event:' .. row[1], 'planned') or now end
  return row
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'leased:' .. provider, '(' .. now, '+inf')) do
  local delivery = P .. 'delivery:' .. id
  if redis.call('HGET', delivery, 'lease') == ARGV[4] then lease(id, row_of(delivery)) end
end
if #answer > 3 then return answer end
if state == 'open' or state == 'throttled' then return answer end
-- Nobody knows whether it is there: one delivery finds out, and no other worker waits at its door meanwhile.
if not fresh then
  if under_way(P, provider, now) > 0 then return answer end
  limit = 1
end
local due, rates = P .. 'due:' .. provider, ARGV[6]
local room, sent = math.huge, 0
if rates ~= '' then room = permits(P, provider, rates, exact(time)) end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)) do
  local delivery = P .. 'delivery:' .. id
  local row = row_of(delivery)
  local needs = row[1] and not (row[6] == '1' and tonumber(row[5]) <= now)
  if needs and sent >= room then break end
  redis.call('ZREM', due, id)
  if row[1] then
    redis.call('HSET', delivery, 'state', 'sending', 'lease', ARGV[4])
    lease(id, row)
  end
  if needs then sent = sent + 1 end
end
if rates ~= '' and sent > 0 then spend(P, provider, rates, sent, exact(time)) end
return answer
