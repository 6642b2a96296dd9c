# SPDX-License-Identifier: GPL-3.0-or-later
"""The PowerShell texts that `cmd.py` sends: what cmd.exe cannot say in the same words on every Windows.

Written for PowerShell 2.0 to 5.1, which is what `PowerShell` starts on Windows Server 2008 R2 to 2025: so WMI and not
CIM, .NET and not newer cmdlets. Answers are pipeline strings, for PSRP has no console. Indentation is taken off before
a text is sent, as a command line of cmd.exe holds 8191 characters.

`$h` is a job's home, `$p` a script or file, `$d` a folder, `$w` the work folder, `$run` and `$guard` command lines.
"""

from __future__ import annotations

from typing import Final

#: A native program's error stream would end a text under `Stop`: none is read.
COMMON: Final = """
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
function Epoch($at) { [long][Math]::Floor(($at.ToUniversalTime() - [datetime]'1970-01-01').TotalSeconds) }
function Now { "SIAK now $(Epoch ([datetime]::UtcNow))" }
function Has($path) { [IO.File]::Exists($path) }
function Put($path, $text) { [IO.File]::WriteAllText($path, $text) }
function Text($path) { [IO.File]::ReadAllText($path).Trim() }
"""

END: Final = """
'SIAK end'
"""

#: A process is one of the job if it is the job's own `cmd.exe run.bat`, or began after one of the job's that is, or
#: was, its parent. Numbers are used again, so a process is its number and the time of its making. What was seen is
#: kept in `family`, for the children of a parent that is gone are known by nothing else.
FAMILY: Final = """
function Family {
  $known = @{}
  try { [IO.File]::ReadAllLines("$h\\family") | % { $a = $_.Split(' '); $known[$a[0]] = $a[1] } } catch { }
  $all = @(Get-WmiObject Win32_Process | ? { $_.CreationDate })
  $alive = @{}
  foreach ($q in $all) {
    $alive["$($q.ProcessId)"] = $q.CreationDate
    if ("$($q.CommandLine)".Contains("$h\\run.bat")) { $known["$($q.ProcessId)"] = $q.CreationDate }
  }
  do {
    $more = $false
    foreach ($q in $all) {
      $id = "$($q.ProcessId)"
      $up = "$($q.ParentProcessId)"
      $since = $known[$up]
      if ($since -and $known[$id] -ne $q.CreationDate -and $q.CreationDate -ge $since) {
        if (!$alive[$up] -or $alive[$up] -eq $since) { $known[$id] = $q.CreationDate; $more = $true }
      }
    }
  } while ($more)
  try { [IO.File]::WriteAllLines("$h\\family", [string[]]@($known.Keys | % { "$_ $($known[$_])" })) } catch { }
  $all | ? { $known["$($_.ProcessId)"] -eq $_.CreationDate }
}
"""

#: Windows gives a process that is ended from outside the code its killer names; taskkill names 1.
STOP: Final = """
function End-All($why) {
  if (@(Family).Count -and !(Has "$h\\stopped")) { Put "$h\\stopped" $why }
  $until = [datetime]::UtcNow.AddSeconds(30)
  while (($left = @(Family)).Count -and [datetime]::UtcNow -lt $until) {
    $left | % { cmd.exe /d /c "taskkill.exe /T /F /PID $($_.ProcessId) >nul 2>&1" }
    Start-Sleep -Milliseconds 500
  }
  if (!$left.Count -and (Has "$h\\stopped") -and !(Has "$h\\rc")) { Put "$h\\rc" '1' }
}
"""

STATUS: Final = """
Now
if (!(Has "$h\\started")) { 'SIAK state absent' }
else {
  $a = (Text "$h\\started").Split(' ')
  "SIAK started $($a[0])"
  "SIAK fingerprint $($a[1])"
  if (@(Family).Count) { 'SIAK state running' }
  elseif (Has "$h\\rc") {
    $code = [long](Text "$h\\rc")
    if ($code -lt 0) { $code += 4294967296 }
    'SIAK state ended'
    "SIAK rc $code"
  }
  else { 'SIAK state lost' }
  if (Has "$h\\stopped") { "SIAK stopped $(Text "$h\\stopped")" }
}
"""

#: Runs beside the job, in a process of its own, so that the limit holds where no control node is left to ask for it.
GUARD: Final = """
$until = (Epoch ([datetime]::UtcNow)) + $limit
do {
  Start-Sleep -Seconds 10
  try { $left = @(Family).Count } catch { $left = 1 }
} while ($left -and (Epoch ([datetime]::UtcNow)) -lt $until)
End-All 'limit'
"""

#: Win32_Process makes children of WmiPrvSE: outside the job object in which sshd and WinRM end what a session began.
START: Final = """
if (Has "$h\\started") { 'SIAK taken' }
else {
  $ours = $false
  $made = $null
  try {
    $at = Epoch ([datetime]::UtcNow)
    Put "$h\\started.new" "$at $fingerprint"
    [IO.File]::Move("$h\\started.new", "$h\\started")
    $ours = $true
    $make = [wmiclass]'Win32_Process'
    $made = $make.Create($run, $h)
    if ($made.ReturnValue) { throw "Win32_Process.Create: $($made.ReturnValue)" }
    try { [void]@(Family) } catch { }
    try { [void]$make.Create($guard, $h) } catch { }
    "SIAK started $at"
  }
  catch {
    "$($_.Exception.Message)"
    if ($ours) { try { [IO.File]::Delete("$h\\started") } catch { } }
    'SIAK refused'
  }
}
"""

#: The account alone: the folder holds what the script says.
PREPARE: Final = """
if ([IO.Directory]::Exists($h)) { 'SIAK taken' }
else {
  try {
    $who = [Security.Principal.WindowsIdentity]::GetCurrent().User
    $acl = New-Object Security.AccessControl.DirectorySecurity
    $acl.SetAccessRuleProtection($true, $false)
    $rule = New-Object Security.AccessControl.FileSystemAccessRule(
      $who, 'FullControl', 'ContainerInherit, ObjectInherit', 'None', 'Allow')
    $acl.AddAccessRule($rule)
    [void][IO.Directory]::CreateDirectory($h, $acl)
    'SIAK made'
  }
  catch { "$($_.Exception.Message)"; 'SIAK refused' }
}
"""

LOOK: Final = """
function Take($path) {
  if (![IO.Directory]::Exists($path)) { return 'absent' }
  $probe = "$path\\siak-" + [guid]::NewGuid().ToString('N')
  try { [IO.File]::Create($probe, 1, 'DeleteOnClose').Close(); 'ok' } catch { 'refused' }
}
Now
if (!(Has $p)) { 'SIAK script absent' }
else { try { [IO.File]::OpenRead($p).Close(); 'SIAK script ok' } catch { 'SIAK script refused' } }
"SIAK folder $(Take $d)"
"SIAK work $(Take $w)"
try { "SIAK free $((New-Object IO.DriveInfo ($d.Substring(0, 1))).AvailableFreeSpace)" } catch { }
try {
  foreach ($one in [IO.Directory]::GetDirectories($w, 'siak-*')) {
    $name = [IO.Path]::GetFileName($one).Substring(5)
    if ($name -match '^[0-9A-Za-z-]+$') { "SIAK job $name" }
  }
} catch { }
try {
  foreach ($q in @(Get-WmiObject Win32_Process)) {
    $line = "$($q.CommandLine)".ToLower()
    $ours = $line.Contains("$w\\siak-".ToLower()) -and $line.Contains('\\script.bat')
    $shell = $q.Name -eq 'cmd.exe' -and ($ours -or $line.Contains($p.ToLower()))
    if ($shell -or $q.ExecutablePath -eq $p) { "SIAK busy $($q.ProcessId)" }
    if (@('exp.exe', 'expdp.exe') -contains $q.Name) { "SIAK seen $($q.Name.ToLower())" }
  }
} catch { 'SIAK tool wmi' }
foreach ($tool in 'taskkill', 'certutil') {
  if (!(Has "$env:SystemRoot\\System32\\$tool.exe")) { "SIAK tool $tool" }
}
"""

#: By name and not by recursion: what somebody else put there stays, and with it the folder.
FORGET: Final = """
if (@(Family).Count) { 'SIAK kept' }
else {
  try {
    $names | % { [IO.File]::Delete("$h\\$_") }
    [IO.Directory]::Delete($h)
    'SIAK removed'
  }
  catch { "$($_.Exception.Message)"; 'SIAK kept' }
}
"""

#: The directory's own entry has the size a file had when it was last closed: Refresh asks the file.
LISTING: Final = """
Now
if ([IO.Directory]::Exists($d)) {
  foreach ($f in (New-Object IO.DirectoryInfo ($d)).GetFiles()) {
    if (!($patterns | ? { $f.Name -like $_ })) { continue }
    if ($f.Name -notmatch '^[ -~]+$') { 'SIAK odd'; continue }
    $f.Refresh()
    if ($f.Exists) { "SIAK file $($f.Length) $(Epoch $f.LastWriteTimeUtc) $($f.Name)" }
  }
}
"""

#: certutil of old Windows puts blanks between the bytes, and every language has other words around them.
DIGEST: Final = """
if (Has $p) {
  try {
    certutil.exe -hashfile $p SHA256 | % { $_ -replace ' ', '' } | ? { $_ -match '^[0-9A-Fa-f]{64}$' } |
      Select-Object -First 1 | % { "SIAK sha256 $($_.ToLower())" }
  } catch { }
}
"""

MAKE_FOLDER: Final = """
if ([IO.Directory]::Exists($d) -or (Has $d)) { 'SIAK taken' }
elseif (![IO.Directory]::Exists([IO.Path]::GetDirectoryName($d))) { 'SIAK refused' }
else { try { [void][IO.Directory]::CreateDirectory($d); 'SIAK made' } catch { 'SIAK refused' } }
"""

#: File.Move never replaces, as `move` in a batch file does; between two drives it would copy.
MOVE: Final = """
if ((Has $to) -or [IO.Directory]::Exists($to)) { 'SIAK taken' }
elseif ([IO.Path]::GetPathRoot($p) -ne [IO.Path]::GetPathRoot($to)) { 'SIAK refused' }
else {
  try { [IO.File]::Move($p, $to); 'SIAK moved' }
  catch { if (Has $to) { 'SIAK taken' } else { 'SIAK refused' } }
}
"""
