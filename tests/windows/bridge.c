/* A program under Wine that stands for one of Linux: git.exe, sh.exe. It hands its arguments, its variables and its input to
 * tests/windows/bridge.py, which runs the program of the same name, and gives back what that says. There is no Git for
 * Windows to be had where only Debian's packages are. */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SOCKET server;
static CRITICAL_SECTION sending;

static void give(const void *data, unsigned int length) {
  const char *at = data;
  while (length > 0) {
    int sent = send(server, at, (int)length, 0);
    if (sent <= 0) ExitProcess(125);
    at += sent;
    length -= (unsigned int)sent;
  }
}

/* A letter for what it is, its length, and the bytes. */
static void part(char kind, const void *data, unsigned int length) {
  EnterCriticalSection(&sending);
  give(&kind, 1);
  give(&length, 4);
  give(data, length);
  LeaveCriticalSection(&sending);
}

static void text(char kind, const wchar_t *wide) {
  int length = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
  char *bytes = malloc((size_t)length);
  WideCharToMultiByte(CP_UTF8, 0, wide, -1, bytes, length, NULL, NULL);
  part(kind, bytes, (unsigned int)length - 1);
  free(bytes);
}

static BOOL take(void *data, unsigned int length) {
  char *at = data;
  while (length > 0) {
    int got = recv(server, at, (int)length, 0);
    if (got <= 0) return FALSE;
    at += got;
    length -= (unsigned int)got;
  }
  return TRUE;
}

static DWORD WINAPI input(void *unused) {
  char buffer[65536];
  DWORD got;
  (void)unused;
  while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), buffer, sizeof buffer, &got, NULL) && got > 0) part('i', buffer, got);
  part('e', "", 0);
  return 0;
}

int wmain(int count, wchar_t **arguments) {
  WSADATA data;
  struct sockaddr_in address = {0};
  wchar_t folder[32768], program[32768];
  const char *port = getenv("SPECWEAVE_BRIDGE");
  int at;
  if (port == NULL || WSAStartup(MAKEWORD(2, 2), &data) != 0) return 126;
  server = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  address.sin_family = AF_INET;
  address.sin_port = htons((u_short)atoi(port));
  address.sin_addr.s_addr = inet_addr("127.0.0.1");
  if (connect(server, (struct sockaddr *)&address, sizeof address) != 0) return 126;
  InitializeCriticalSection(&sending);
  GetModuleFileNameW(NULL, program, 32768);
  GetCurrentDirectoryW(32768, folder);
  text('p', program);
  text('d', folder);
  for (at = 1; at < count; at++) text('a', arguments[at]);
  wchar_t *variables = GetEnvironmentStringsW();
  for (wchar_t *one = variables; *one != 0; one += wcslen(one) + 1) text('v', one);
  part('r', "", 0);
  CreateThread(NULL, 0, input, NULL, 0, NULL);
  for (;;) {
    char kind;
    unsigned int length;
    if (!take(&kind, 1) || !take(&length, 4)) return 125;
    char *bytes = malloc(length + 1);
    if (!take(bytes, length)) return 125;
    if (kind == 'x') {
      fflush(NULL);
      ExitProcess((UINT)atoi((bytes[length] = 0, bytes)));
    }
    DWORD written;
    WriteFile(GetStdHandle(kind == 'o' ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE), bytes, length, &written, NULL);
    free(bytes);
  }
}
