//go:build unix

package wholefile

import (
	"io/fs"
	"os"
	"syscall"
)

// chown gives f the owner and group of the file that it replaces. Without root's rights the new file keeps the user that
// writes it as its owner, as with editors.
func chown(f *os.File, old fs.FileInfo) {
	if st, ok := old.Sys().(*syscall.Stat_t); ok {
		f.Chown(int(st.Uid), int(st.Gid)) //nolint:errcheck // see above
	}
}
