"""jupyter_kernel_test against our kernel. Run by kernel-suite.test.ts, which has installed the kernelspec."""
import unittest

import jupyter_kernel_test


class SocketLabKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "socket-lab"
    language_name = "javascript"
    file_extension = ".js"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('hello, error')"
    completion_samples = [
        {"text": "disc", "matches": ["disconnect"]},
        {"text": "Math.hyp", "matches": ["Math.hypot"]},
    ]
    complete_code_samples = ["1 + 1", "const x = { a: 1 }", "for (const y of []) {}", "await time()"]
    incomplete_code_samples = ["if (true) {", "send(2,", "`several\nlines", "const f = async () => {"]
    invalid_code_samples = ["const const = 1", "1 +* 2", "if (}"]
    code_page_something = "send?"
    code_generate_error = "throw new RangeError('out of it')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "await Promise.resolve(5)", "result": "5"},
        {"code": "6 * 7", "result": "42"},
        {"code": "6 * 7", "result": "42"},
        {"code": "2n ** 70n", "result": "1180591620717411303424n"},
        {"code": "[{ a: 1, b: 'x' }]", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": "display(html('<b>SYN</b>'))", "mime": "text/html"},
        {"code": "display(markdown('**SYN**'))", "mime": "text/markdown"},
        {"code": "display(svg('<svg/>'))", "mime": "image/svg+xml"},
        {"code": "display(1); 2", "mime": "text/plain"},
    ]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "send"
    code_clear_output = "clearOutput()"


if __name__ == "__main__":
    unittest.main(verbosity=2)
