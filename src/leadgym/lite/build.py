import json, hashlib, zipfile, base64, sys, shutil
from pathlib import Path
from leadgym.course import modules
import leadgym
SRC=Path(leadgym.__file__).parent; D=Path('/tmp/lite/draft'); OUT=Path('/tmp/lite/proto/out'); WH=Path('/tmp/lite/wh')
PY=OUT/'static/pyodide'; shutil.rmtree(PY,ignore_errors=True); PY.mkdir(parents=True)
for n in ['pyodide.asm.mjs','pyodide.asm.wasm','pyodide.mjs','python_stdlib.zip']: shutil.copy(f'/tmp/lite/npm/package/{n}',PY/n)
def wheel(name,version,files):
    p=PY/f'{name}-{version}-py3-none-any.whl'
    with zipfile.ZipFile(p,'w',zipfile.ZIP_DEFLATED) as z:
        for n,t in files.items(): z.writestr(n,t)
        z.writestr(f'{name}-{version}.dist-info/METADATA',f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n')
        z.writestr(f'{name}-{version}.dist-info/WHEEL','Wheel-Version: 1.0\nGenerator: leadgym\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        z.writestr(f'{name}-{version}.dist-info/RECORD','')
    return p
keep=['__init__.py','keptfile.py','yamlfile.py','scenario/__init__.py','course/__init__.py','widgets/__init__.py']+[f'scenario/{n}.py' for n in 'model engine expression outcome transcript graph places loader'.split()]+[f'widgets/{n}' for n in ['player.py','screen.py','pages.py','debrief.py','prose.py','store.py','player.js','player.css']]
files={f'leadgym/{n}':(SRC/n).read_text() for n in keep}
for n,t in {'nh3':'nh3.py','figure':'leadgym/widgets/figure.py','model_said':'leadgym/widgets/model_said.py','submit':'leadgym/widgets/submit.py','model_key':'leadgym/course/model_key.py','modules':'leadgym/course/modules.py','notebook':'leadgym/notebook.py'}.items(): files[t]=(D/'in_browser'/f'{n}.py').read_text()
for s in modules.slugs(): files[f'leadgym/stories/{s}.json']=modules.scenario(s).model_dump_json(by_alias=True,exclude={'walkthroughs'},exclude_defaults=True)
wheel('leadgym','0.1.0',files); wheel('jedi','0',{})
for w in WH.glob('*.whl'):
    if not w.name.startswith('jedi'): shutil.copy(w,PY)
for w in (OUT/'extensions/@jupyterlite/pyodide-kernel-extension/static/pypi').glob('*.whl'):
    if 'widgetsnb' not in w.name or '4.0' in w.name: shutil.copy(w,PY)
pk={}
for w in sorted(PY.glob('*.whl')):
    n,v=w.name.split('-')[:2]; k=n.lower().replace('_','-').replace('.','-')
    tops=sorted({x.split('/')[0].removesuffix('.py') for x in zipfile.ZipFile(w).namelist() if '.dist-info' not in x and '.data/' not in x})
    pk[k]=dict(name=k,version=v,file_name=w.name,install_dir='site',sha256=hashlib.sha256(w.read_bytes()).hexdigest(),package_type='package',imports=tops,depends=[],unvendored_tests=False)
lock=json.load(open('/tmp/lite/npm/package/pyodide-lock.json')); lock['packages']=pk
(PY/'pyodide-lock.json').write_text(json.dumps(lock))
j=OUT/'jupyter-lite.json'; c=json.load(open(j)); s=c['jupyter-config-data']
s['exposeAppInBrowser']=True
p=s.setdefault('litePluginSettings',{}).setdefault('@jupyterlite/pyodide-kernel-extension:kernel',{})
p.update(pyodideUrl='./static/pyodide/pyodide.mjs',disablePyPIFallback=True,loadPyodideOptions={'packages':sorted(pk)})
j.write_text(json.dumps(c))
for s in modules.slugs():
    pass
nb={"cells":[{"cell_type":"code","execution_count":None,"id":"a","metadata":{},"outputs":[],"source":["from leadgym.notebook import play\n","\n","play(\"02_delegation\")"]}],"metadata":{"kernelspec":{"name":"python","display_name":"Python"}},"nbformat":4,"nbformat_minor":5}
(OUT/'files/a.ipynb').write_text(json.dumps(nb))
