import subprocess,sys,time
from playwright.sync_api import sync_playwright
srv=subprocess.Popen([sys.executable,'-m','http.server','8791','--bind','127.0.0.1','-d','/tmp/lite/proto/out'],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL)
time.sleep(1)
try:
  with sync_playwright() as p:
    b=p.chromium.launch(executable_path='/usr/bin/chromium',args=['--no-sandbox'])
    c=b.new_context(viewport={'width':1280,'height':900}); out=[]
    def route(r):
        if r.request.url.startswith(('http://127.0.0.1:8791','data:','blob:')): r.continue_()
        else: out.append(r.request.url); r.abort()
    c.route('**/*',route); pg=c.new_page()
    pg.on('console',lambda m: print('C',m.type,m.text[:300]) if m.type in('error','warning') else None)
    t=time.time()
    pg.goto('http://127.0.0.1:8791/notebooks/index.html?path=a.ipynb')
    pg.wait_for_function("window.jupyterapp?.shell?.currentWidget?.context?.sessionContext?.session?.kernel?.connectionStatus === 'connected'",timeout=60000)
    print('kernel',time.time()-t)
    pg.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    try:
        pg.wait_for_selector('.leadgym-player[data-leadgym-ready]',timeout=60000); print('ready',time.time()-t)
        pg.locator('.leadgym-start-button button').click(); pg.wait_for_selector('.leadgym-options button')
        for i in range(12):
            o=pg.locator('.leadgym-options button'); pg.wait_for_timeout(700)
            if not o.count(): break
            o.first.click(); pg.wait_for_timeout(1000)
        print(pg.locator('.leadgym-player h3').inner_text(), pg.locator('.leadgym-aims').count(), 'end',time.time()-t)
    except Exception as e: print(str(e)[:300])
    pg.screenshot(path='/tmp/lite/shot.png'); print('outside',out)
    print(pg.locator('.jp-OutputArea').all_inner_texts()[:2][:1] and pg.locator('.jp-OutputArea').first.inner_text()[:1500])
finally: srv.kill()
