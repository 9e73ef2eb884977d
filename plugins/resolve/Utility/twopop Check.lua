-- twopop: tells why its menu entries do not work.
--
-- Resolve lists Lua scripts without any Python. So when this entry is listed and the others are not, the folder is
-- right and Python is missing; when this one is not listed either, the folder is wrong. It changes nothing.

local function say(text)
    print("twopop: " .. text)
end

local function exists(path)
    local file = path and io.open(path, "rb")
    if file then
        file:close()
    end
    return file ~= nil
end

local function program()
    if type(resolve) ~= "nil" and resolve then
        return resolve
    end
    return type(Resolve) == "function" and Resolve() or nil
end

local function settings_file()
    local home = os.getenv("HOME") or os.getenv("USERPROFILE") or ""
    if package.config:sub(1, 1) == "\\" then
        return (os.getenv("APPDATA") or home) .. "\\twopop\\resolve.json"
    end
    local config = os.getenv("XDG_CONFIG_HOME")
    local places = {
        home .. "/Library/Application Support/twopop/resolve.json",
        (config and config ~= "" and config or home .. "/.config") .. "/twopop/resolve.json",
    }
    return exists(places[1]) and places[1] or places[2]
end

-- The first two numbers of a version: "21.1.0.5" gives 21 and 1.
local function version_of(app)
    local text = app and app:GetVersionString() or ""
    local major, minor = text:match("^(%d+)%.(%d+)")
    return tonumber(major) or 0, tonumber(minor) or 0, text
end

local function check_edition(app)
    local major, minor, text = version_of(app)
    local name = app:GetProductName() or "DaVinci Resolve"
    say(name .. " " .. text .. ".")
    if name:find("Studio") then
        say("Studio: set Preferences > System > General > External scripting using to Local.")
        return true
    end
    if major > 21 or (major == 21 and minor >= 1) then
        say("Free Resolve from 21.1 on runs no Python, so the other twopop entries cannot be listed.")
    else
        say("Free Resolve takes no scripts from outside, so the other twopop entries cannot reach it.")
    end
    say("Use files instead: run `twopop watch DIR` in a terminal, export the timeline as .otio into DIR,")
    say("and import the conformed .otio that appears beside it.")
    return false
end

local function python_in(path)
    local file = io.open(path, "rb")
    local text = file and file:read("*a") or ""
    if file then
        file:close()
    end
    local python = text:match('"python"%s*:%s*"(.-)"')
    return python and python:gsub("\\\\", "\\") or nil
end

local function check_installation()
    local settings = settings_file()
    if not exists(settings) then
        say(settings .. " is not there. Run `twopop install resolve` in a terminal, then start Resolve again.")
        return false
    end
    local python = python_in(settings)
    if not exists(python) then
        say("The Python that " .. settings .. " names is gone: " .. tostring(python) .. ". Run `twopop install resolve`.")
        return false
    end
    say("twopop's own Python is there: " .. python .. ".")
    return true
end

local function main()
    say("This entry is listed, so the scripts lie in the right folder.")
    local app = program()
    if not app then
        say("Resolve does not answer; start this entry from its Workspace > Scripts menu.")
        return
    end
    local able = check_edition(app)
    local installed = check_installation()
    if able and installed then
        say("When the other twopop entries are not listed, Resolve finds no Python: install Python 3 (64 bit) from")
        say("python.org, on macOS so that /usr/local/bin/python3 is there, and start Resolve again.")
    end
end

main()
