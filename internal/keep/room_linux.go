package keep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// RoomIn returns what a folder, or if it is missing the folder around it, has for the node called id. The error says why
// memory cannot be kept there.
func RoomIn(path, id string) (Room, error) {
	at := path
	info, err := os.Stat(at)
	if errors.Is(err, fs.ErrNotExist) {
		at = filepath.Dir(path)
		info, err = os.Stat(at)
	}
	switch {
	case err != nil:
		return Room{}, err
	case !info.IsDir():
		return Room{}, &fs.PathError{Op: "stat", Path: at, Err: errors.New("not a directory")}
	}
	if err := unix.Access(at, unix.W_OK|unix.X_OK); err != nil {
		return Room{}, &fs.PathError{Op: "access", Path: at, Err: err}
	}
	var st unix.Statfs_t
	if err := unix.Statfs(at, &st); err != nil {
		return Room{}, &fs.PathError{Op: "statfs", Path: at, Err: err}
	}
	if st.Type != unix.TMPFS_MAGIC {
		return Room{}, fmt.Errorf("%s is not on a tmpfs: memory would be written to a disk all the time", at)
	}
	r := Room{Size: int64(st.Blocks) * int64(st.Bsize), Free: int64(st.Bavail) * int64(st.Bsize)}
	own, _ := filepath.Glob(filepath.Join(path, id+"."+memoryName+"*")) // ids have no special characters of patterns
	for _, name := range own {
		var st unix.Stat_t
		if unix.Lstat(name, &st) == nil {
			r.Free += st.Blocks * 512
		}
	}
	return r, nil
}
