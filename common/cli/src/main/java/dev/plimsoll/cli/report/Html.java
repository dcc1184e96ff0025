package dev.plimsoll.cli.report;

import dev.plimsoll.wire.codec.Shown;

import java.util.List;

/** Elements of a page. What is given as text stays text, whoever wrote it. */
final class Html {

    private static final int MOST_CHARACTERS = 2_000;

    private final StringBuilder page = new StringBuilder();

    /** Text as HTML writes it, in one line. */
    static String text(String text) {
        return Shown.line(text, MOST_CHARACTERS)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** @param html as it is */
    Html raw(String html) {
        page.append(html).append('\n');
        return this;
    }

    Html element(String name, String text) {
        return raw("<" + name + ">" + text(text) + "</" + name + ">");
    }

    Html section(String title) {
        return element("h2", title);
    }

    Html paragraph(String text) {
        return element("p", text);
    }

    /** Columns whose title ends with a space are of text, others of figures. */
    Html table(String caption, List<String> columns, List<List<String>> rows) {
        raw("<div class=\"wide\"><table>");
        element("caption", caption);
        raw("<thead><tr>");
        for (String column : columns) {
            raw("<th scope=\"col\"" + kind(column) + ">" + text(column.strip()) + "</th>");
        }
        raw("</tr></thead><tbody>");
        for (List<String> row : rows) {
            page.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                page.append("<td").append(kind(columns.get(i))).append('>');
                page.append(text(row.get(i))).append("</td>");
            }
            page.append("</tr>\n");
        }
        return raw("</tbody></table></div>");
    }

    private static String kind(String column) {
        return column.endsWith(" ") ? "" : " class=\"n\"";
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
