// SPDX-License-Identifier: GPL-3.0-or-later
// Reads {name: text} as JSON from standard input and writes {name: [complaint, ...]} for every text.
import { readFileSync } from "node:fs";
import { CharStream, CommonTokenStream, ErrorListener } from "antlr4";
import PlSqlLexer from "@griffithswaite/ts-plsql-parser/antlr/PlSqlLexer.js";
import PlSqlParser from "@griffithswaite/ts-plsql-parser/antlr/PlSqlParser.js";

class Complaints extends ErrorListener {
  found = [];

  syntaxError(_recognizer, _symbol, line, column, message) {
    this.found.push(`${line}:${column} ${message}`);
  }
}

function complaintsAbout(text) {
  const complaints = new Complaints();
  const lexer = new PlSqlLexer(new CharStream(text));
  const parser = new PlSqlParser(new CommonTokenStream(lexer));
  for (const part of [lexer, parser]) {
    part.removeErrorListeners();
    part.addErrorListener(complaints);
  }
  parser.sql_script();
  return complaints.found;
}

const texts = JSON.parse(readFileSync(0, "utf8"));
const answers = Object.entries(texts).map(([name, text]) => [name, complaintsAbout(text)]);
process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
