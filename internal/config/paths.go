package config

import (
	"fmt"
	"strconv"
	"strings"
)

// join returns the path of a key of the object at path.
func join(path, name string) string {
	if name == "" || len(name) > 64 || strings.Trim(name, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return path + "[" + quote(name) + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// element returns the path of an element of the array at path.
func element(path string, i int) string { return path + "[" + itoa(i) + "]" }

func itoa(n int) string { return strconv.Itoa(n) }

// joinIDs lists, for a message, the ids of the servers with role, or of all if role is empty.
func joinIDs(servers []Node, role string) string {
	var ids []string
	for _, n := range servers {
		if role == "" || n.Role == role {
			ids = append(ids, n.ID)
		}
	}
	const most = 20
	if len(ids) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
	}
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}
