import type { AppContext } from '../../context.ts'
import { builtInNotice } from '../templates/domain/built-in.ts'
import { BUILT_IN_LANGUAGES, isBuiltIn } from '../templates/domain/language.ts'
import { NOTICE_NAMES, noticeDescription, noticeVariables, type NoticeName } from '../templates/domain/notices.ts'
import type { Variable } from '../templates/domain/variables.ts'
import { loadNoticeTemplates, type TemplateRow } from '../templates/queries.ts'

export type NoticeText = {
  language: string
  /** Null in languages without a built-in text. */
  builtIn: string | null
  template: TemplateRow | null
}
export type Notice = { name: NoticeName; description: string; variables: Variable[]; texts: NoticeText[] }

/** Every notice with its texts: the built-in languages first, then those that the merchant added. */
export async function listNotices(app: AppContext, merchantId: string): Promise<Notice[]> {
  const own = await loadNoticeTemplates(app, merchantId)
  return NOTICE_NAMES.map((name) => {
    const written = own.filter((template) => template.name === name)
    const more = written.map(({ language }) => language).filter((language) => !isBuiltIn(language))
    return {
      name,
      description: noticeDescription(name),
      variables: noticeVariables(name),
      texts: [...BUILT_IN_LANGUAGES, ...more].map((language) => ({
        language,
        builtIn: isBuiltIn(language) ? builtInNotice(name, language).body : null,
        template: written.find((template) => template.language === language) ?? null,
      })),
    }
  })
}
