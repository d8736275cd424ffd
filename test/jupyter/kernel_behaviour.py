"""What jupyter_kernel_test leaves out: interrupts, input, restart, signatures, late output, aborted requests.

Run by kernel.test.ts, which has installed the kernelspec.
"""
import socket
import unittest

from jupyter_client.manager import start_new_kernel
from jupyter_client.session import Session

BOUND = 60


class KernelCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name="socket-lab", startup_timeout=BOUND)

    @classmethod
    def tearDownClass(cls):
        cls.kc.stop_channels()
        if cls.km.has_kernel:
            cls.km.shutdown_kernel(now=False)

    def reply(self, msg_id):
        while True:
            reply = self.kc.get_shell_msg(timeout=BOUND)
            if reply["parent_header"].get("msg_id") == msg_id:
                return reply["content"]

    def until_idle(self, msg_id):
        """All of a request's iopub messages, in order, up to its idle."""
        messages = []
        while True:
            message = self.kc.get_iopub_msg(timeout=BOUND)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(message)
            if message["content"].get("execution_state") == "idle":
                return messages

    def until_text(self, msg_id, text):
        while True:
            message = self.kc.get_iopub_msg(timeout=BOUND)
            if message["msg_type"] == "stream" and text in message["content"]["text"]:
                self.assertEqual(message["parent_header"]["msg_id"], msg_id)
                return

    def run_cell(self, code):
        msg_id = self.kc.execute(code)
        return self.reply(msg_id), self.until_idle(msg_id)


class Behaviour(KernelCase):
    def interrupted(self, code, begun="begun"):
        self.run_cell("kept = 7")
        msg_id = self.kc.execute(f"console.log('begun'); {code}")
        self.until_text(msg_id, begun)
        self.km.interrupt_kernel()
        content = self.reply(msg_id)
        self.assertEqual(content["status"], "error")
        self.assertEqual(content["ename"], "Interrupted")
        self.until_idle(msg_id)
        # The kernel is the same one, with its names.
        content, messages = self.run_cell("kept")
        self.assertEqual(content["status"], "ok")
        results = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"]
        self.assertEqual(results, ["7"])

    def test_interrupt_of_a_busy_loop(self):
        self.interrupted("while (true);")

    def test_interrupt_of_a_cell_that_is_nothing_but_a_busy_loop(self):
        self.run_cell("kept = 8")
        msg_id = self.kc.execute("for (;;);")
        while self.kc.get_iopub_msg(timeout=BOUND)["msg_type"] != "execute_input":
            pass
        self.km.interrupt_kernel()
        self.assertEqual(self.reply(msg_id)["ename"], "Interrupted")
        self.until_idle(msg_id)
        content, _ = self.run_cell("if (kept !== 8) throw new Error('another kernel')")
        self.assertEqual(content["status"], "ok")

    def test_interrupt_of_a_busy_loop_behind_an_await_that_catches_everything(self):
        self.interrupted("await sleep(1); for (;;) { try { for (;;); } catch {} }")

    def test_interrupt_of_a_pending_await(self):
        self.interrupted("await new Promise(() => {})")

    def test_interrupt_of_a_command_that_waits(self):
        self.interrupted("await chatServer(); await receive()")

    LISTEN = (
        "const fd = await sys.socket(AF_INET, SOCK_STREAM, 0); await sys.bind(fd, '127.0.0.1', 0); "
        "await sys.listen(fd, 1); const { port } = await sys.getsockname(fd); "
    )

    def test_interrupt_of_an_accept_that_blocks(self):
        self.interrupted(f"{{ {self.LISTEN} await sys.accept(fd) }}", "blocks (interrupt ends it)")
        # The descriptor is open still, and takes the connection that comes now.
        code = (
            "const [{ fd: mine, local }] = await sys.sockets(); const c = await sys.socket(AF_INET, SOCK_STREAM, 0); "
            "await sys.connect(c, '127.0.0.1', local.port); await sys.accept(mine)"
        )
        content, messages = self.run_cell(code)
        self.assertEqual(content["status"], "ok")
        text = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")
        self.assertIn("ESTABLISHED", text)
        self.assertEqual({m["content"]["name"] for m in messages if m["msg_type"] == "stream"}, {"stdout"})

    def test_restart_closes_sockets(self):
        _, messages = self.run_cell(f"{self.LISTEN} void sys.accept(fd); port")
        [port] = [int(m["content"]["data"]["text/plain"]) for m in messages if m["msg_type"] == "execute_result"]
        socket.create_connection(("127.0.0.1", port), BOUND).close()
        self.km.restart_kernel(now=False)
        self.kc.wait_for_ready(timeout=BOUND)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), BOUND)

    def test_order_of_iopub(self):
        _, messages = self.run_cell("console.log('a'); display(html('<b>b</b>')); console.error('c'); 4")
        kinds = [m["msg_type"] for m in messages]
        self.assertEqual(
            kinds,
            ["status", "execute_input", "stream", "display_data", "stream", "execute_result", "status"],
        )

    def test_error_has_name_value_and_place(self):
        content, _ = self.run_cell("const one = 1;\nfunction f() { throw new RangeError('out of it'); }\nf();")
        self.assertEqual((content["ename"], content["evalue"]), ("RangeError", "out of it"))
        text = "\n".join(content["traceback"])
        self.assertRegex(text, r"In\[\d+\]:3: RangeError: out of it")

    def test_an_error_in_the_language_of_the_notebook(self):
        self.run_cell("lang('zh')")
        content, messages = self.run_cell("await connect('127.0.0.1:1')")
        said = "127.0.0.1:1 上没有程序在监听：连接被拒绝（RST）"
        self.assertEqual((content["ename"], content["evalue"]), ("connection-refused", said))
        shown = [m["content"] for m in messages if m["msg_type"] == "error"]
        self.assertIn("请启动服务器（chatd run --port 1），或检查主机和端口。", shown[0]["traceback"])
        content, _ = self.run_cell("const t = await capture(7)")
        self.assertEqual(content["evalue"], "capture：需要一个函数")
        self.run_cell("lang('en')")
        content, _ = self.run_cell("await connect('127.0.0.1:1')")
        self.assertIn("nobody listens on 127.0.0.1:1", content["evalue"])

    def test_requests_behind_a_failed_cell_are_aborted(self):
        first = self.kc.execute("await sleep(50); throw new Error('stop')")
        second = self.kc.execute("ran = true")
        self.assertEqual(self.reply(first)["status"], "error")
        self.assertEqual(self.reply(second)["status"], "aborted")
        content, _ = self.run_cell("typeof ran")
        self.assertEqual(content["status"], "ok")

    def test_input(self):
        msg_id = self.kc.execute("const who = await input('Who? '); who.toUpperCase()", allow_stdin=True)
        asked = self.kc.get_stdin_msg(timeout=BOUND)
        self.assertEqual(asked["msg_type"], "input_request")
        self.assertEqual(asked["content"], {"prompt": "Who? ", "password": False})
        self.kc.input("ada")
        self.assertEqual(self.reply(msg_id)["status"], "ok")
        results = [m["content"] for m in self.until_idle(msg_id) if m["msg_type"] == "execute_result"]
        self.assertEqual([r["data"]["text/plain"] for r in results], ["'ADA'"])

    def test_input_where_nobody_can_be_asked(self):
        msg_id = self.kc.execute("await input('Who? ')", allow_stdin=False)
        self.assertEqual(self.reply(msg_id)["ename"], "no-input")

    def test_late_output_belongs_to_its_cell(self):
        first = self.kc.execute("setTimeout(() => console.log('late'), 300)")
        self.reply(first)
        self.until_idle(first)
        self.kc.execute("2 + 2")
        self.until_text(first, "late")

    def test_message_that_arrives_later_belongs_to_the_cell_that_connected(self):
        self.run_cell("await chatServer()")
        first = self.kc.execute("await connect(); const mine = (await me()).id")
        self.assertEqual(self.reply(first)["status"], "ok")
        self.until_idle(first)
        second = self.kc.execute("await send(mine, 'to myself')")
        self.assertEqual(self.reply(second)["status"], "ok")
        self.until_text(first, "to myself")

    def test_a_failure_that_nobody_waits_for_ends_nothing(self):
        first = self.kc.execute("void Promise.reject(new Error('unseen')); setTimeout(() => { throw new Error('thrown late') }, 10)")
        self.reply(first)
        self.until_text(first, "thrown late")
        content, _ = self.run_cell("1")
        self.assertEqual(content["status"], "ok")

    def test_a_message_with_a_wrong_signature_is_not_run(self):
        honest = self.kc.session
        self.kc.session = Session(key=b"another key")
        self.kc.shell_channel.session = self.kc.session
        self.kc.execute("forged = 1")
        self.kc.session = honest
        self.kc.shell_channel.session = honest
        _, messages = self.run_cell("typeof forged")
        results = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"]
        self.assertEqual(results, ["'undefined'"])

    def test_restart_forgets_names(self):
        self.run_cell("const before = 1")
        self.km.restart_kernel(now=False)
        self.kc.wait_for_ready(timeout=BOUND)
        _, messages = self.run_cell("typeof before")
        results = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"]
        self.assertEqual(results, ["'undefined'"])

    def test_comms_are_refused(self):
        msg = self.kc.session.msg("comm_open", {"comm_id": "c1", "target_name": "widget", "data": {}})
        self.kc.shell_channel.send(msg)
        while True:
            message = self.kc.get_iopub_msg(timeout=BOUND)
            if message["msg_type"] == "comm_close":
                self.assertEqual(message["content"]["comm_id"], "c1")
                break
        msg_id = self.kc.comm_info()
        self.assertEqual(self.reply(msg_id)["comms"], {})


class Shutdown(KernelCase):
    """A kernel of its own, which the test ends."""

    def test_shutdown_of_a_kernel_that_is_busy(self):
        msg_id = self.kc.execute("console.log('begun'); for (;;);")
        self.until_text(msg_id, "begun")
        self.km.shutdown_kernel(now=False)
        self.assertFalse(self.km.is_alive())


if __name__ == "__main__":
    unittest.main(verbosity=2)
