/** Who asks, and tasks of people (contract: The error codes, Principals and Tasks of people). */
// biome-ignore format: a table is read by its rows
export const principals = {
  37001: { status: 403, en: 'Access denied: this task belongs to another employee', ru: 'Доступ запрещён: это задача другого сотрудника' },
  37003: { status: 403, en: 'Access denied: you do not have permission to close this task', ru: 'Доступ запрещён: у вас нет прав на завершение этой задачи' },
  55005: { status: 403, en: 'A user cannot ask for the context of an application', ru: 'Пользователь не может запросить контекст приложения' },
  55006: { status: 403, en: 'An application cannot ask for the context of an employee', ru: 'Приложение не может запросить контекст сотрудника' },
} as const;
