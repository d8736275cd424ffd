"""Starts a kernel as Jupyter does, runs one cell, says its outcome and the kernel's pid, and waits to be killed.

python3 start_and_wait.py CODE [TEXT]: with a text, it waits only until the cell has printed it.
Run by orphan.test.ts, which has installed the kernelspec.
"""
import json
import sys
import time

from jupyter_client.manager import start_new_kernel

BOUND = 60

code, *wanted = sys.argv[1:]
manager, client = start_new_kernel(kernel_name="socket-lab", startup_timeout=BOUND)
msg_id = client.execute(code)
texts, error = [], None
while True:
    message = client.get_iopub_msg(timeout=BOUND)
    if message["parent_header"].get("msg_id") != msg_id:
        continue
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        texts.append(content["text"])
        if wanted and wanted[0] in content["text"]:
            break
    if kind == "error":
        error = "\n".join(content["traceback"])
    if kind == "status" and content["execution_state"] == "idle":
        break
print(json.dumps({"pid": manager.provisioner.pid, "error": error, "text": "".join(texts)}), flush=True)
time.sleep(600)
