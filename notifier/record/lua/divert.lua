-- Let due deliveries go where they can be sent, while the provider they queue for can't have them. Keys: see plan.lua.
-- They go to the provider they were planned for, if they are elsewhere, or to the fallback; only to where the circuit
-- is closed, so a ring of fallbacks does no harm, and never to a fallback that has refused them. One may go to a half-open one that has none to be probed with.
-- What is leased stays: nobody knows yet how it ends.
-- A fallback that has a rate gets no more than it may be sent now, and one to go on with: the rest would wait there longer than
-- at home.
-- ARGV: most per provider, then for each provider: its name, its fallback ('': none), its rates (see rate.lua). Guests of providers that aren't named go home, too:
-- whom the configuration doesn't know any more, or as nobody's fallback.
-- Returns pairs of a provider and how many went to it.
local P, most = KEYS[1], tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Nobody is let in, or somebody is just trying.
local function shut(provider)
  local state = circuit(P, provider, now)
  if state == 'half-open' then return under_way(P, provider, now) > 0 end
  return state ~= 'ok'
end

-- How many it may take; counted down as they go.
local rooms, went, order = {}, {}, {}
local function room(provider)
  if not rooms[provider] then
    local state = circuit(P, provider, now)
    rooms[provider] = state == 'ok' and math.huge or 0
    if state == 'half-open' and under_way(P, provider, now) == 0
        and redis.call('ZCOUNT', P .. 'due:' .. provider, '-inf', now) == 0 then
      rooms[provider] = 1
    end
  end
  return rooms[provider]
end

-- The same for guests.
local rates, spare = {}, {}
local function guest_room(provider)
  if not spare[provider] then
    spare[provider] = math.huge
    if (rates[provider] or '') ~= '' then
      spare[provider] = permits(P, provider, rates[provider], exact(time)) + 1
        - redis.call('ZCOUNT', P .. 'due:' .. provider, '-inf', now)
    end
  end
  return math.min(room(provider), spare[provider])
end

-- Of what is due at a provider, a part: how many of it went.
local function part(provider, fallback, from)
  local due, moved = P .. 'due:' .. provider, 0
  local ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'WITHSCORES', 'LIMIT', from, most)
  for n = 1, #ids, 2 do
    local id, score = ids[n], ids[n + 1]
    local delivery = P .. 'delivery:' .. id
    local row = redis.call('HMGET', delivery, 'channel', 'name', 'refused_by', 'event')
    local home = home_of(row[1], row[2], provider)
    local to = ''
    if row[4] and home ~= provider and room(home) > 0 then
      to = home
    elseif row[4] and fallback ~= '' and fallback ~= provider and fallback ~= row[3] and guest_room(fallback) > 0 then
      to = fallback
      spare[to] = spare[to] - 1
    end
    if to ~= '' then
      rooms[to] = rooms[to] - 1
      redis.call('ZREM', due, id)
      redis.call('ZADD', P .. 'due:' .. to, score, id)
      if to == home then go_home(delivery, to) else go_abroad(delivery, home, to) end
      redis.call('SADD', P .. 'providers', to)
      if not went[to] then order[#order + 1] = to end
      went[to] = (went[to] or 0) + 1
      moved = moved + 1
    end
  end
  return moved
end

local fallbacks, providers = {}, {}
for i = 2, #ARGV, 3 do
  providers[#providers + 1] = ARGV[i]
  fallbacks[ARGV[i]] = ARGV[i + 1]
  rates[ARGV[i]] = ARGV[i + 2]
end
for _, provider in ipairs(redis.call('SMEMBERS', P .. 'providers')) do
  if not fallbacks[provider] then providers[#providers + 1] = provider end
end

for _, provider in ipairs(providers) do
  local fallback = fallbacks[provider] or ''
  if shut(provider) then
    local surplus = redis.call('ZCOUNT', P .. 'due:' .. provider, '-inf', now) - most
    -- Who may go may be anywhere behind those that must stay: then each call looks at another part of the queue.
    if part(provider, fallback, 0) == 0 and surplus > 0 then part(provider, fallback, now % (surplus + 1)) end
  end
end

local answer = {}
for _, provider in ipairs(order) do
  answer[#answer + 1] = provider
  answer[#answer + 1] = went[provider]
end
return answer
