// Command release prepares a release of the modules that others import: it writes the version into the go.mod
// of every nested module, commits that, and tags the commit once for each module. It pushes nothing.
//
//	go run ./internal/release [-dry-run] v0.3.0
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	dry := flag.Bool("dry-run", false, "say what would be done, and do nothing")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: release [-dry-run] v0.MINOR.PATCH")
		os.Exit(2)
	}
	r := release{root: ".", version: flag.Arg(0), dry: *dry}
	if err := r.run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is one release of the repository in a folder.
type release struct {
	root    string
	version string
	dry     bool
}

// versions are those of major version 0 and 1, which take no suffix in a module's path.
var versions = regexp.MustCompile(`^v[01]\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

func (r *release) run() error {
	if !versions.MatchString(r.version) {
		return fmt.Errorf("%q is not a version; write one as v0.3.0", r.version)
	}
	modules, err := findModules(r.root)
	if err != nil {
		return err
	}
	if err := r.check(modules); err != nil {
		return err
	}
	if err := r.require(modules); err != nil {
		return err
	}
	if err := r.step("git", "commit", "--quiet", "--allow-empty", "--all", "-m", "Release "+r.version); err != nil {
		return err
	}
	for _, m := range modules {
		if m.public() {
			if err := r.step("git", "tag", "-a", m.tag(r.version), "-m", m.path+" "+r.version); err != nil {
				return err
			}
		}
	}
	fmt.Println("nothing was pushed; look at it, then: git push --follow-tags")
	return nil
}

// check returns an error if the working tree has changes, or if the version has been tagged already.
func (r *release) check(modules []module) error {
	changed, err := output(r.root, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" && !r.dry {
		return errors.New("there are changes that are not committed:\n" + changed)
	}
	for _, m := range modules {
		if had, err := output(r.root, "git", "tag", "--list", m.tag(r.version)); err != nil || had != "" {
			return errors.Join(err, fmt.Errorf("tag %s exists already", had))
		}
	}
	return nil
}

// require makes the modules require each other at the version.
func (r *release) require(modules []module) error {
	own := make(map[string]bool)
	for _, m := range modules {
		own[m.path] = true
	}
	for _, m := range modules {
		for _, needed := range m.requires {
			if !own[needed] {
				continue
			}
			if err := r.step("go", "mod", "edit", "-require="+needed+"@"+r.version, filepath.Join(m.folder, "go.mod")); err != nil {
				return err
			}
		}
	}
	return nil
}

// step prints a command and, unless this is a dry run, runs it.
func (r *release) step(name string, args ...string) error {
	fmt.Println(name, strings.Join(args, " "))
	if r.dry {
		return nil
	}
	_, err := output(r.root, name, args...)
	return err
}

func output(folder, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir = folder
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, args[0], err, errs.String())
	}
	return strings.TrimSpace(string(out)), nil
}
