import { type Kysely, sql } from 'kysely';

/** One table as both databases can say it. */
interface TableFacts {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  /** Keys, references and indexes, one line each. */
  readonly rules: readonly string[];
}

/** The schema in words that do not depend on the database, for comparing and for people to read. */
export async function schemaText(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<string> {
  const tables = await db.introspection.getTables();
  const sections = [];
  for (const { name } of tables.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { columns, rules } = await (dialect === 'sqlite' ? sqliteTable(db, name) : postgresTable(db, name));
    const lines = columns.map(
      (column) => `${column.name} ${column.type}${column.nullable ? '' : ' not null'}`,
    );
    sections.push([`table ${name}`, ...lines, ...rules.toSorted()].join('\n  '));
  }
  return `${sections.join('\n\n')}\n`;
}

async function sqliteTable(db: Kysely<unknown>, table: string): Promise<TableFacts> {
  const { rows: columns } = await sql<{ name: string; type: string; notnull: number }>`
    select name, type, "notnull" from pragma_table_info(${table}) order by cid`.execute(db);
  const { rows: indexes } = await sql<{ name: string; origin: string; columns: string }>`
    select list.name, list.origin, group_concat(info.name, ', ') as columns
    from pragma_index_list(${table}) as list, pragma_index_info(list.name) as info
    group by list.name, list.origin`.execute(db);
  const { rows: references } = await sql<{ from: string; table: string; to: string }>`
    select "from", "table", "to" from pragma_foreign_key_list(${table})`.execute(db);
  const words = { pk: 'primary key', u: 'unique' };
  return {
    columns: columns.map(({ name, type, notnull }) => ({
      name,
      type: type.toLowerCase().replace('blob', 'bytes'),
      nullable: notnull === 0,
    })),
    rules: [
      ...indexes.map((index) =>
        index.origin === 'pk' || index.origin === 'u'
          ? `${words[index.origin]} (${index.columns})`
          : `index ${index.name} (${index.columns})`,
      ),
      ...references.map((reference) => `(${reference.from}) references ${reference.table} (${reference.to})`),
    ],
  };
}

async function postgresTable(db: Kysely<unknown>, table: string): Promise<TableFacts> {
  const { rows: columns } = await sql<{
    name: string;
    type: string;
    nullable: string;
    sorting: string | null;
  }>`
    select column_name as name, data_type as type, is_nullable as nullable, collation_name as sorting
    from information_schema.columns where table_schema = 'public' and table_name = ${table}
    order by ordinal_position`.execute(db);
  const { rows: constraints } = await sql<{ rule: string }>`
    select pg_get_constraintdef(oid) as rule from pg_constraint
    where conrelid = ${table}::regclass`.execute(db);
  const { rows: indexes } = await sql<{ name: string; definition: string }>`
    select relname as name, pg_get_indexdef(indexrelid) as definition
    from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = ${table}::regclass
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))`.execute(
    db,
  );
  return {
    columns: columns.map(({ name, type, nullable, sorting }) => ({
      name,
      type: { bytea: 'bytes', text: sorting === 'C' ? 'text' : `text sorted by ${sorting}` }[type] ?? type,
      nullable: nullable === 'YES',
    })),
    rules: [
      ...constraints.map(({ rule }) =>
        rule
          .replace(/^PRIMARY KEY/, 'primary key')
          .replace(/^UNIQUE/, 'unique')
          .replace(/^FOREIGN KEY (\(.*\)) REFERENCES (\w+)\(/, '$1 references $2 ('),
      ),
      ...indexes.map(
        ({ name, definition }) =>
          `index ${name} ${definition.replace(/^.* USING btree /, '').replaceAll('"', '')}`,
      ),
    ],
  };
}
