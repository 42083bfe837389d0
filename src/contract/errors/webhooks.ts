/** Codes 30000-30010: webhooks (contract: The error codes, Webhooks). */
// biome-ignore format: a table is read by its rows
export const webhooks = {
  30000: { status: 412, en: 'Webhooks for entity type "{0}" are not supported', ru: 'Вебхуки для типа сущности «{0}» не поддерживаются' },
  30001: { status: 412, en: 'Webhook method "{0}" is not supported: use POST', ru: 'Метод вебхука «{0}» не поддерживается: используйте POST' },
  30002: { status: 412, en: 'Unknown webhook action "{0}"', ru: 'Неизвестное действие вебхука «{0}»' },
  30003: { status: 412, en: 'A webhook with these parameters already exists', ru: 'Вебхук с такими параметрами уже существует' },
  30004: { status: 403, en: 'Access denied: only an administrator manages webhooks', ru: 'Доступ запрещён: вебхуками управляет только администратор' },
  30005: { status: 412, en: 'url of a webhook must be an http or https address', ru: 'url вебхука должен быть адресом http или https' },
  30007: { status: 412, en: 'At most {0} webhooks may exist for one entity type and action', ru: 'Для одного типа сущности и действия допустимо не более {0} вебхуков' },
  30008: { status: 412, en: 'Webhooks for type "{0}" do not know the action "{1}", allowed are: {2}', ru: 'Для вебхуков типа «{0}» нет действия «{1}», допустимы: {2}' },
  30009: { status: 412, en: 'diffType cannot be given for the action "{0}"', ru: 'diffType нельзя указать для действия «{0}»' },
  30010: { status: 412, en: 'url of a webhook may have 255 characters at most', ru: 'url вебхука может содержать не более 255 символов' },
} as const;
