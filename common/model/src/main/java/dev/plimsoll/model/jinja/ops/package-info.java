/** What is done with values: operators, attributes, methods and formats, as Python does it. */
package dev.plimsoll.model.jinja.ops;
