/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Several programs, by the name it is built under:
 *
 * expdp.exe, exp.exe  play Oracle's: write the dump and the log that lie ready in %PLAY_FOLDER%, slowly, under the names
 *                     they are told, and end as the real ones do. %PLAY% is ok, errors (expdp: 5, exp: 0 with
 *                     warnings), fail (1) or hang (never ends, nor does its child). Arguments are name=value, from the
 *                     command line or a PARFILE: DUMPFILE, LOGFILE, DIRECTORY, FILE, LOG. %U is piece 01.
 * create.exe FILE     starts the command line in FILE detached, as Win32_Process.Create does.
 * show.exe            prints its arguments in brackets, a line each; powershell.exe, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static char dump[MAX_PATH], log_[MAX_PATH], directory[MAX_PATH], play_folder[MAX_PATH];
static int reuse;

static void unquote(char *to, const char *from)
{
    while (*from && strlen(to) < MAX_PATH - 1) {
        if (*from != '"')
            strncat(to, from, 1);
        from++;
    }
}

static void take(const char *argument);

static void take_file(const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        take(line);
    }
    fclose(file);
}

static void take(const char *argument)
{
    const char *value = strchr(argument, '=');
    size_t length = value ? (size_t)(value - argument) : 0;
    char plain[MAX_PATH] = "";
    if (!value)
        return;
    unquote(plain, value + 1);
#define IS(name) (length == strlen(name) && !_strnicmp(argument, name, length))
    if (IS("dumpfile") || IS("file"))
        strcpy(dump, plain);
    else if (IS("logfile") || IS("log"))
        strcpy(log_, plain);
    else if (IS("directory"))
        strcpy(directory, plain);
    else if (IS("reuse_dumpfiles"))
        reuse = plain[0] == 'y' || plain[0] == 'Y';
    else if (IS("parfile"))
        take_file(plain);
}

static void place(char *path, const char *name)
{
    const char *piece = strstr(name, "%U");
    path[0] = 0;
    if (directory[0] && !strchr(name, '\\'))
        sprintf(path, "%s\\", getenv(directory) ? getenv(directory) : directory);
    if (piece)
        sprintf(path + strlen(path), "%.*s01%s", (int)(piece - name), name, piece + 2);
    else
        strcat(path, name);
}

static int copy(const char *ready, const char *path, long limit)
{
    char from[MAX_PATH], block[65536];
    size_t got;
    FILE *in, *out;
    sprintf(from, "%s\\%s", play_folder, ready);
    in = fopen(from, "rb");
    out = fopen(path, "wb");
    if (!in || !out)
        return 0;
    while (limit != 0 && (got = fread(block, 1, sizeof block, in)) > 0) {
        fwrite(block, 1, got, out);
        fflush(out);
        Sleep(20);
        limit--;
    }
    fclose(in);
    return fclose(out) == 0;
}

/* The beat stops when the process does, which is how a test sees that it is gone. */
static void beat(const char *name)
{
    char path[MAX_PATH];
    sprintf(path, "%s\\%s", play_folder, name);
    for (;;) {
        FILE *file = fopen(path, "a");
        if (file) {
            fputc('.', file);
            fclose(file);
        }
        Sleep(100);
    }
}

static int create(const char *path)
{
    char line[4096] = "";
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION made;
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file))
        return 2;
    line[strcspn(line, "\r\n")] = 0;
    if (!CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_NEW_CONSOLE, NULL, NULL, &start, &made))
        return 1;
    return 0;
}

int main(int argc, char **argv)
{
    const char *base = strrchr(argv[0], '\\') ? strrchr(argv[0], '\\') + 1 : argv[0];
    const char *play = getenv("PLAY") ? getenv("PLAY") : "ok";
    int is_exp = _strnicmp(base, "expdp", 5) != 0, i;
    char dump_path[MAX_PATH], log_path[MAX_PATH], ready[64], word[16];
    if (!_strnicmp(base, "create", 6))
        return argc > 1 ? create(argv[1]) : 2;
    if (!_strnicmp(base, "show", 4) || !_strnicmp(base, "powershell", 10)) {
        for (i = 1; i < argc; i++)
            printf("[%s]\n", argv[i]);
        return 0;
    }
    strcpy(play_folder, getenv("PLAY_FOLDER") ? getenv("PLAY_FOLDER") : ".");
    if (argc > 1 && !strcmp(argv[1], "child"))
        beat("child.beat");
    for (i = 1; i < argc; i++)
        take(argv[i]);
    fprintf(stderr, "NLS_LANG=%s\n", getenv("NLS_LANG") ? getenv("NLS_LANG") : "");
    if (fread(word, 1, sizeof word, stdin) > 0)
        fprintf(stderr, "stdin is not empty\n");
    if (!dump[0] || !log_[0]) {
        fprintf(stderr, "LRM-00109: no dump file or log given\n");
        return 1;
    }
    place(dump_path, dump);
    place(log_path, log_);
    if (!strcmp(play, "hang")) {
        char self[MAX_PATH], line[MAX_PATH + 16];
        STARTUPINFOA start = {.cb = sizeof start};
        PROCESS_INFORMATION made;
        GetModuleFileNameA(NULL, self, sizeof self);
        sprintf(line, "\"%s\" child", self);
        CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &made);
        beat("parent.beat");
    }
    if (!is_exp && !reuse && GetFileAttributesA(dump_path) != INVALID_FILE_ATTRIBUTES) {
        fprintf(stderr, "ORA-27038: created file already exists\n");
        return 1;
    }
    if (!copy("dump", dump_path, strcmp(play, "fail") ? -1 : 1))
        return 1;
    sprintf(ready, "%s.log", play);
    if (!copy(ready, log_path, -1))
        return 1;
    if (!strcmp(play, "fail"))
        return 1;
    return !strcmp(play, "errors") && !is_exp ? 5 : 0;
}
