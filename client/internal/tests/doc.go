// Package tests holds, in its subfolders, the tests of the modules and packages below client/ that need
// nodes in the test's process or frameworks such as Fiber. They are a module of their own so that nobody who
// imports an adapter gets the server, gnet or Fiber among his requirements.
package tests
