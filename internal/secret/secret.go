// Package secret reads passwords from the environment and from files. Other users of the machine cannot see them there,
// while they can see the flags of a process.
package secret

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The environment variables that Password reads.
const (
	Variable     = "CACHEGOPHER_PASSWORD"      // a password
	FileVariable = "CACHEGOPHER_PASSWORD_FILE" // path of a file with the password
)

// ErrEmpty means that a file has no password in it.
var ErrEmpty = errors.New("is empty")

// Password returns the password from the environment, or from the file that it names; "" if there is neither.
func Password(getenv func(string) string) (string, error) {
	password, file := getenv(Variable), getenv(FileVariable)
	switch {
	case password != "" && file != "":
		return "", fmt.Errorf("%s and %s are both set; unset one", Variable, FileVariable)
	case file != "":
		return Read(file)
	}
	return password, nil
}

// Read returns the content of a file without trailing line ends. If that is empty, the error wraps ErrEmpty.
func Read(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimRight(string(data), "\r\n")
	if password == "" {
		return "", fmt.Errorf("read the password: %s %w", path, ErrEmpty)
	}
	return password, nil
}
