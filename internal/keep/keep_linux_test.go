package keep

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fakeManager stores descriptors as systemd does.
type fakeManager struct {
	t      *testing.T
	stored map[string]*os.File
}

func (m *fakeManager) notify(state string, f *os.File) error {
	lines := strings.Split(state, "\n")
	_, name, _ := strings.Cut(lines[len(lines)-1], "=")
	switch lines[0] {
	case "FDSTORE=1":
		m.stored[name] = dup(m.t, f)
	case "FDSTOREREMOVE=1":
		m.stored[name].Close() //nolint:errcheck // a test
		delete(m.stored, name)
	default:
		m.t.Errorf("notified %q", state)
	}
	return nil
}

func dup(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

// next is what the manager passes on to the next process.
func (m *fakeManager) next() Manager {
	n := Manager{Notify: m.notify}
	for _, name := range slices.Sorted(maps.Keys(m.stored)) {
		f := dup(m.t, m.stored[name])
		n.Left = append(n.Left, os.NewFile(f.Fd(), name))
	}
	return n
}

// shelves are the two kinds; each call of again is a new process of the node.
func shelves(t *testing.T) map[string]func() Shelf {
	folder, m := t.TempDir(), &fakeManager{t, map[string]*os.File{}}
	return map[string]func() Shelf{
		"folder": func() Shelf {
			s, err := Folder(folder, "a:1")
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"manager": func() Shelf { return Stored(m.next(), "a:1") },
	}
}

func open(t *testing.T, s Shelf) *Keeper {
	t.Helper()
	k, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func content(t *testing.T, f *os.File) string {
	t.Helper()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestKept: files stay until another one is settled on, the latest is offered first, and the others are dropped.
func TestKept(t *testing.T) {
	for name, again := range shelves(t) {
		t.Run(name, func(t *testing.T) {
			k := open(t, again())
			if len(k.Left()) != 0 || k.Note() != nil {
				t.Fatal("there is something at first")
			}
			for _, text := range []string{"1", "2"} {
				f, err := k.Make(1 << 30)
				if err == nil {
					_, err = f.WriteAt([]byte(text), 0)
				}
				if err == nil {
					err = k.SetNote([]byte("note " + text))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := k.Close(); err != nil {
				t.Fatal(err)
			}
			k = open(t, again()) // the process ended before it settled
			left := k.Left()
			if len(left) != 2 || content(t, left[0]) != "2" || content(t, left[1]) != "1" || string(k.Note()) != "note 2" {
				t.Fatalf("%d files; note %q", len(left), k.Note())
			}
			third, err := k.Make(1 << 20)
			if err == nil {
				err = errors.Join(k.Drop(left[0]), left[0].Close(), k.Settle(third))
			}
			if err == nil {
				_, err = third.WriteAt([]byte("3"), 0)
			}
			if err != nil {
				t.Fatal(err)
			}
			k.Close() //nolint:errcheck // the process ends
			k = open(t, again())
			if left = k.Left(); len(left) != 1 || content(t, left[0]) != "3" {
				t.Fatalf("%d files", len(left))
			}
			if err := k.Settle(nil); err != nil {
				t.Fatal(err)
			}
			k.Close() //nolint:errcheck // the process ends
			if left = open(t, again()).Left(); len(left) != 0 {
				t.Fatalf("%d files are left", len(left))
			}
		})
	}
}

// TestNote: a torn note counts as none.
func TestNote(t *testing.T) {
	k := open(t, shelves(t)["folder"]())
	for _, text := range []string{"a longer note", "short"} {
		if err := k.SetNote([]byte(text)); err != nil || string(k.Note()) != text {
			t.Fatalf("%q, %v", k.Note(), err)
		}
	}
	if _, err := k.note.WriteAt([]byte("x"), 9); err != nil || k.Note() != nil {
		t.Errorf("a changed note is %q, %v", k.Note(), err)
	}
	if k.SetNote(make([]byte, MaxNote+1)) == nil {
		t.Error("a note of any length is taken")
	}
}

// TestFolderIsLocked: one process of a node at a time.
func TestFolderIsLocked(t *testing.T) {
	path := t.TempDir()
	s, err := Folder(path, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Folder(path, "a"); !errors.Is(err, ErrUsed) {
		t.Errorf("a second process: %v", err)
	}
	other, err := Folder(path, "b")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()     //nolint:errcheck // the process ends
	other.Close() //nolint:errcheck // the process ends
	again, err := Folder(path, "a")
	if err != nil {
		t.Fatal(err)
	}
	again.Close() //nolint:errcheck // the test is over
}

// TestStrangeFiles: links and files that others may read are not used.
func TestStrangeFiles(t *testing.T) {
	path := t.TempDir()
	for i, put := range []func(name string) error{
		func(name string) error { return os.Symlink("/etc/passwd", name) },
		func(name string) error { return os.WriteFile(name, nil, 0o644) },
		func(name string) error { return unix.Mkfifo(name, 0o600) },
	} {
		name := path + "/a.memory-1"
		if err := put(name); err != nil {
			t.Fatal(err)
		}
		s, err := Folder(path, "a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s); err == nil {
			t.Errorf("case %d: no error", i)
		}
		s.Close()       //nolint:errcheck // done with it
		os.Remove(name) //nolint:errcheck // done with it
	}
}

// TestAnonymousFiles: the manager's file of another node is dropped, and none can be shortened.
func TestAnonymousFiles(t *testing.T) {
	m := &fakeManager{t, map[string]*os.File{}}
	k := open(t, Stored(m.next(), "a"))
	f, err := k.Make(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{0, 1 << 21} {
		if f.Truncate(size) == nil {
			t.Errorf("its length can be changed to %d", size)
		}
	}
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left := open(t, Stored(m.next(), "b")).Left(); len(left) != 0 || len(m.stored) != 0 {
		t.Errorf("another node gets %d files, %d stay stored", len(left), len(m.stored))
	}
	if _, err := k.Make(1 << 20); err != nil || len(m.stored) != 1 {
		t.Fatal(err)
	}
	if err := m.next().Forget(); err != nil || len(m.stored) != 0 {
		t.Errorf("%v, %d stay stored", err, len(m.stored))
	}
}

// TestRoom asks about a tmpfs, a disk and a folder that is missing.
func TestRoom(t *testing.T) {
	if r, err := RoomIn("/dev/shm/not there", "a"); err != nil || r.Free <= 0 {
		t.Errorf("/dev/shm: %+v, %v", r, err)
	}
	if _, err := RoomIn("/dev/shm/not there/either", "a"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
	var st unix.Statfs_t
	if folder := t.TempDir(); unix.Statfs(folder, &st) == nil && st.Type != unix.TMPFS_MAGIC {
		if _, err := RoomIn(folder, "a"); err == nil || !strings.Contains(err.Error(), "tmpfs") {
			t.Errorf("a disk: %v", err)
		}
	}
}
