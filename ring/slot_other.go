//go:build !amd64 || race

package ring

func slotOfString(key string) int { return slot(key) }

func slotOfBytes(key []byte) int { return slot(key) }
