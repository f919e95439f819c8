// Package view reads the entries of a cache of package lru in another process, from the file that the cache keeps them in,
// without a lock and without a system call.
//
//	v, err := view.Open(file) // of lru.Cache.SharedFile, passed on by its process
//	value, expiry, ok := v.Get(nil, v.Hash(key), key, now)
//
// Each shard has a number that is odd while the shard is changed. A reader looks an entry up, copies it, and compares the
// number with that before: if it has changed, what was read is dropped and read again, a few times. Until then it may be
// anything, so every offset and length is checked against the mapping before it is followed, and every loop is bounded:
// whatever lies in the file, a reader neither faults nor hangs. It only takes something wrong for right if the number says
// that nothing has changed, though something has.
//
// That an entry is not found says nothing: it may be there but be changed all the time, or be in an older table from which
// the cache still moves entries. Its owner must be asked.
//
// Readers change nothing. Whoever wants entries to stay that readers use must tell the cache: lru.Shards.TouchHashes.
package view
