import time
from concurrent.futures import ThreadPoolExecutor
from tests.standins.asking import begun_csr
from tests.standins.signing import der
from tests.standins.test_azuredns import values, put
def test_perf(clients, authority, unique):
    c, s, d = clients.certificates(), clients.secrets(), clients.dns()
    s.set_secret("warm","x"); put(d,"warm",values("x"))
    t=time.perf_counter()
    for i in range(50): s.get_secret("warm")
    print("get_secret ms", (time.perf_counter()-t)*20)
    t=time.perf_counter()
    for i in range(50): put(d,"warm",values(str(i)))
    print("put txt ms", (time.perf_counter()-t)*20)
    def one(i):
        n=f"{unique}-{i}"
        csr=begun_csr(c,n); c.merge_certificate(n,[der(authority.sign(csr))]); s.get_secret(n)
        put(d, n, values("a")); put(d, n, values())
    t=time.perf_counter()
    with ThreadPoolExecutor(8) as p: list(p.map(one, range(100)))
    print("100 x (create, merge, secret, 2 puts), 8 threads: s", time.perf_counter()-t)
