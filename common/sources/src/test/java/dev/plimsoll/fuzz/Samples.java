package dev.plimsoll.fuzz;

import java.util.List;

/** One sample of each form. */
final class Samples {

    static final List<String> ALL = List.of(
            "{\"text\":\"Hello, world.\"}",
            "{\"prompt\":\"p\",\"completion\":\"c\",\"id\":\"a-1\"}",
            "{\"instruction\":\"i\",\"input\":\"x\",\"output\":\"o\",\"system\":\"s\","
                    + "\"history\":[[\"q1\",\"a1\"],[\"q2\",\"a2\"]]}",
            "{\"question\":\"q\",\"answer\":\"a\"}",
            "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\","
                    + "\"content\":\"u\"},{\"role\":\"assistant\",\"content\":\"a\"}]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"u\"}]},"
                    + "{\"role\":\"assistant\",\"reasoning_content\":\"r\",\"tool_calls\":[{"
                    + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
                    + "\"{\\\"a\\\":1}\"}}]},{\"role\":\"tool\",\"content\":\"9\"},"
                    + "{\"role\":\"assistant\",\"content\":\"a\",\"weight\":1}],\"tools\":[{"
                    + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}]}",
            "{\"conversations\":[{\"from\":\"human\",\"value\":\"u\"},{\"from\":\"gpt\","
                    + "\"value\":\"a\",\"weight\":0},{\"from\":\"human\",\"value\":\"v\"},"
                    + "{\"from\":\"gpt\",\"value\":\"b\"}]}",
            "{\"segments\":[{\"label\":false,\"text\":\"<s>A\"},{\"label\":true,\"text\":\"C\"}]}",
            "{\"prompt\":[{\"role\":\"user\",\"content\":\"u\"}],"
                    + "\"chosen\":[{\"role\":\"assistant\",\"content\":\"b\"}],"
                    + "\"rejected\":[{\"role\":\"assistant\",\"content\":\"c\"}]}",
            "{\"messages\":\"[{'role':'user','content':'u'},{'role':'assistant',"
                    + "'content':'a'}]\"}");

    static final List<String> WORDS = List.of(
            "\"messages\":",
            "\"role\":\"assistant\"",
            "\"content\":null",
            "\"weight\":0",
            "\"tools\":[",
            "\"tool_calls\":[{}]",
            "\"arguments\":\"{\"",
            "<|user|>",
            "<eos>",
            "\\ud83d",
            "\\u0000",
            "\u001b[2J",
            "{\"role\":\"user\",\"content\":\"u\"},",
            "\"id\":\"\\n\"",
            "\uFEFF");

    private Samples() {}
}
