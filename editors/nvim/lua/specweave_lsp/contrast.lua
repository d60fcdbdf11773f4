--- Colours that can be read on a background, by the measure of WCAG 2.

local M = {}

--- What WCAG asks of small text.
M.READABLE = 4.5

local function channels(color)
  return bit.rshift(color, 16), bit.band(bit.rshift(color, 8), 255), bit.band(color, 255)
end

local function luminance(color)
  local function linear(channel)
    local share = channel / 255
    return share <= 0.04045 and share / 12.92 or ((share + 0.055) / 1.055) ^ 2.4
  end
  local red, green, blue = channels(color)
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
end

--- From 1, the same, to 21, black on white.
--- @param one integer
--- @param other integer
--- @return number
function M.ratio(one, other)
  local a, b = luminance(one), luminance(other)
  return (math.max(a, b) + 0.05) / (math.min(a, b) + 0.05)
end

--- @return number hue, number saturation, number lightness each from 0 to 1
local function to_hsl(color)
  local red, green, blue = channels(color)
  red, green, blue = red / 255, green / 255, blue / 255
  local most, least = math.max(red, green, blue), math.min(red, green, blue)
  local lightness, range = (most + least) / 2, most - least
  if range == 0 then
    return 0, 0, lightness
  end
  local hue
  if most == red then
    hue = ((green - blue) / range) % 6
  elseif most == green then
    hue = (blue - red) / range + 2
  else
    hue = (red - green) / range + 4
  end
  return hue / 6, range / (1 - math.abs(2 * lightness - 1)), lightness
end

--- @return integer
local function of_hsl(hue, saturation, lightness)
  local function channel(offset)
    local k = (offset + hue * 12) % 12
    local swing = saturation * math.min(lightness, 1 - lightness)
    return math.floor((lightness - swing * math.max(-1, math.min(k - 3, 9 - k, 1))) * 255 + 0.5)
  end
  return channel(0) * 0x10000 + channel(8) * 0x100 + channel(4)
end

local STEPS = 50

--- The colour itself, or of the same hue as little lighter or darker as makes it readable. Black or white is readable
--- on anything.
--- @param color integer
--- @param background integer
--- @return integer
function M.readable(color, background)
  if M.ratio(color, background) >= M.READABLE then
    return color
  end
  local hue, saturation, lightness = to_hsl(color)
  local goal = M.ratio(0xffffff, background) > M.ratio(0, background) and 1 or 0
  for step = 1, STEPS do
    local tried = of_hsl(hue, saturation, lightness + (goal - lightness) * step / STEPS)
    if M.ratio(tried, background) >= M.READABLE then
      return tried
    end
  end
  return goal * 0xffffff
end

return M
