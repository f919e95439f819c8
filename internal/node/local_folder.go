package node

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// memoryFolders is the pattern of folders that nodes make for the sockets at which clients get their memory.
const memoryFolders = "cachegopher-memory-*"

// makeFolder makes such a folder, which every user may enter, since the socket has permissions of its own. It removes those of this
// user whose nodes were killed.
func makeFolder() (string, error) {
	all, err := filepath.Glob(filepath.Join(os.TempDir(), memoryFolders))
	for _, folder := range all {
		if err == nil && abandoned(folder, time.Now()) {
			_ = os.RemoveAll(folder) // the next start tries again
		}
	}
	folder, err := os.MkdirTemp("", memoryFolders)
	if err != nil {
		return "", err
	}
	const enter fs.FileMode = 0o711
	return folder, os.Chmod(folder, enter)
}

// abandoned reports whether a folder is of a node that has ended: it is a minute old, and nobody listens at its socket, or there is
// none. One that starts makes the folder, then the socket, and listens only then.
func abandoned(folder string, now time.Time) bool {
	info, err := os.Lstat(folder)
	if err != nil || !info.IsDir() || !ours(info) || now.Sub(info.ModTime()) < time.Minute {
		return false
	}
	inside, err := os.ReadDir(folder)
	if err != nil || len(inside) == 0 {
		return err == nil
	}
	if len(inside) > 1 || inside[0].Type() != fs.ModeSocket {
		return false
	}
	c, err := net.Dial("unix", filepath.Join(folder, inside[0].Name()))
	if err == nil {
		c.Close() //nolint:errcheck // nothing was sent
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// ours reports whether a file belongs to this process's user.
func ours(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
