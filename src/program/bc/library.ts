// The functions of bc -l, in bc's own language: series after reducing the argument, with extra digits on the way.

/** Written after the mathematics (Taylor series, Machin-like arguments), not after any program's text. */
export const LIBRARY = `
scale = 20
define e(x) {
  auto a, b, c, d, e, f, g, n, v, z
  z = scale
  n = 0
  if (x < 0) { n = 1; x = -x }
  scale = 6 + z + .44*x
  f = 0
  while (x > 1) { f += 1; x /= 2; scale += 1 }
  v = 1 + x
  a = x
  d = 1
  for (g = 2; 1; g++) {
    a *= x
    d *= g
    e = a/d
    if (e == 0) {
      for (; f > 0; f--) v *= v
      scale = z
      if (n) return (1/v)
      return (v/1)
    }
    v += e
  }
}
define l(x) {
  auto e, f, i, m, n, v, z
  z = scale
  if (x <= 0) return ((1 - 10^z)/1)
  scale = 6 + z
  f = 2
  while (x >= 2) { f *= 2; x = sqrt(x) }
  while (x <= .5) { f *= 2; x = sqrt(x) }
  v = n = (x - 1)/(x + 1)
  m = n*n
  for (i = 3; 1; i += 2) {
    n *= m
    e = n/i
    if (e == 0) {
      v = f*v
      scale = z
      return (v/1)
    }
    v += e
  }
}
define s(x) {
  auto a, e, i, m, n, s, v, z
  z = scale
  scale = 1.1*z + 2
  v = a(1)
  if (x < 0) { m = 1; x = -x }
  scale = 0
  n = (x/v + 2)/4
  x = x - 4*n*v
  if (n % 2) x = -x
  scale = z + 2
  v = e = x
  s = -x*x
  for (i = 3; 1; i += 2) {
    e *= s/(i*(i - 1))
    if (e == 0) {
      scale = z
      if (m) return (-v/1)
      return (v/1)
    }
    v += e
  }
}
define c(x) {
  auto v, z
  z = scale
  scale = scale*1.2
  v = s(x + a(1)*2)
  scale = z
  return (v/1)
}
define a(x) {
  auto a, e, f, i, m, n, s, v, z
  z = scale
  m = 1
  if (x < 0) { m = -1; x = -x }
  scale = z + 5
  f = 0
  a = 0
  if (x == 1 && z <= 25) { scale = z; return (.7853981633974483096156608/m) }
  if (x > .2) { scale = z + 5; a = a(.2) }
  scale = z + 3
  while (x > .2) { f += 1; x = (x - .2)/(1 + x*.2) }
  v = n = x
  s = -x*x
  for (i = 3; 1; i += 2) {
    n *= s
    e = n/i
    if (e == 0) {
      scale = z
      return ((f*a + v)/m)
    }
    v += e
  }
}
define j(n, x) {
  auto a, d, e, f, i, m, s, v, z
  z = scale
  scale = 0
  n = n/1
  if (n < 0) { n = -n; if (n % 2 == 1) m = 1 }
  a = 1
  for (i = 2; i <= n; i++) a = a*i
  scale = 1.5*z
  a = (x^n)/2^n/a
  v = e = 1
  s = -x*x/4
  scale = 1.5*z
  for (i = 1; 1; i++) {
    e = e*s/i/(n + i)
    if (e == 0) {
      scale = z
      if (m) return (-a*v/1)
      return (a*v/1)
    }
    v += e
  }
}
`;
